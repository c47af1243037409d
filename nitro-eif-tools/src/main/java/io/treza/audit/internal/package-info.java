/** What several sources of evidence share. */
@NullMarked
package io.treza.audit.internal;

import org.jspecify.annotations.NullMarked;
