/** Archive formats and layer semantics behind {@link io.treza.image}; not part of the API. */
@NullMarked
package io.treza.image.internal;

import org.jspecify.annotations.NullMarked;
