/** What every part of the verifier shares. */
@NullMarked
package io.treza.attestation.internal;

import org.jspecify.annotations.NullMarked;
