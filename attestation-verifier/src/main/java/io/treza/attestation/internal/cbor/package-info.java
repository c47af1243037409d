/** Strict reading of CBOR (RFC 8949) before any library sees the bytes. */
@NullMarked
package io.treza.attestation.internal.cbor;

import org.jspecify.annotations.NullMarked;
