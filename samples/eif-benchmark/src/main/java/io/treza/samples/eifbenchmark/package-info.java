/** What measuring and building an enclave image cost. */
@NullMarked
package io.treza.samples.eifbenchmark;

import org.jspecify.annotations.NullMarked;
