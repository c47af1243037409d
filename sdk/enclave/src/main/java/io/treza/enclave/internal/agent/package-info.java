/** The way to the NSM through the attestation agent's local socket (docs/enclave-init.md). */
@NullMarked
package io.treza.enclave.internal.agent;

import org.jspecify.annotations.NullMarked;
