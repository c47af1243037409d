/** A service that hands its secrets to an enclave, and to nobody else. */
@NullMarked
package io.treza.samples.attestedhttp;

import org.jspecify.annotations.NullMarked;
