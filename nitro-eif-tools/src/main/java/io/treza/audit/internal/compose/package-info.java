/** Puts together what the sources of evidence say of a subject. */
@NullMarked
package io.treza.audit.internal.compose;

import org.jspecify.annotations.NullMarked;
