/** What the sources of audit evidence share; not part of the API. */
@NullMarked
package io.treza.audit.internal;

import org.jspecify.annotations.NullMarked;
