/** The EIF and cpio formats; not part of the API. */
@NullMarked
package io.treza.eif.internal;

import org.jspecify.annotations.NullMarked;
