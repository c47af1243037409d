/** Reference values as JSON, in in-toto statements, in DSSE envelopes. */
@NullMarked
package io.treza.attestation.internal.reference;

import org.jspecify.annotations.NullMarked;
