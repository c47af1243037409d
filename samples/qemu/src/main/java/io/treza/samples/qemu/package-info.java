/** How long an enclave takes to boot in QEMU, beside the least it can take. */
@NullMarked
package io.treza.samples.qemu;

import org.jspecify.annotations.NullMarked;
