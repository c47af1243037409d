/**
 * The parent's side of an enclave's channels: who may come in by which port, and where the enclave
 * may reach out to.
 */
@NullMarked
package io.treza.platform.channel;

import org.jspecify.annotations.NullMarked;
