/** What a workload needs inside an enclave: evidence, a TLS key bound to it, and its channels. */
@NullMarked
package io.treza.enclave;

import org.jspecify.annotations.NullMarked;
