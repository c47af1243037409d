/** The way to the NSM through its device, by foreign functions. */
@NullMarked
package io.treza.enclave.internal.device;

import org.jspecify.annotations.NullMarked;
