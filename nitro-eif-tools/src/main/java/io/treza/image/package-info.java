/** Container images on disk: reading them, checking their digests, flattening their layers. */
@NullMarked
package io.treza.image;

import org.jspecify.annotations.NullMarked;
