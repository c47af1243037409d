/** How many requests the platform answers, beside a bare handler. */
@NullMarked
package io.treza.samples.platform.benchmark;

import org.jspecify.annotations.NullMarked;
