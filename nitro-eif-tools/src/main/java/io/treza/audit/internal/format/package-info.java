/** Writes audit reports. */
@NullMarked
package io.treza.audit.internal.format;

import org.jspecify.annotations.NullMarked;
