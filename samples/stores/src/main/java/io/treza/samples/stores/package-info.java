/** Several servers that share what they remember; see docs/stores.md. */
@NullMarked
package io.treza.samples.stores;

import org.jspecify.annotations.NullMarked;
