/** Sockets of families that Java has no class for. */
@NullMarked
package io.treza.enclave.internal.vsock;

import org.jspecify.annotations.NullMarked;
