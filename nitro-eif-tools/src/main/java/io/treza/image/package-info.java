/** Container images: had from files or registries, their digests checked, their layers flattened. */
@NullMarked
package io.treza.image;

import org.jspecify.annotations.NullMarked;
