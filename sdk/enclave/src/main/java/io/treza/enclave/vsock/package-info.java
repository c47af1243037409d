/** The enclave's vsock for images whose init forwards nothing. */
@NullMarked
package io.treza.enclave.vsock;

import org.jspecify.annotations.NullMarked;
