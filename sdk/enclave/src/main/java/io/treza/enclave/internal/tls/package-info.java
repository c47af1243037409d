/** The TLS key of an enclave: its certificates, and contexts that serve the newest. */
@NullMarked
package io.treza.enclave.internal.tls;

import org.jspecify.annotations.NullMarked;
