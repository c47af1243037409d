/** Enclaves in QEMU's nitro-enclave machine: its processes, and what is said to them. */
@NullMarked
package io.treza.platform.internal.qemu;

import org.jspecify.annotations.NullMarked;
