/** Pulling images from registries, behind {@link io.treza.image}; not part of the API. */
@NullMarked
package io.treza.image.internal.registry;

import org.jspecify.annotations.NullMarked;
