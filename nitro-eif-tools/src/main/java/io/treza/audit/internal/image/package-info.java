/** What the bytes of an image say about the checks. */
@NullMarked
package io.treza.audit.internal.image;

import org.jspecify.annotations.NullMarked;
