package io.treza.attestation;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The nine fields of a document as decoded (AWS, Attestation process, section 2.2).
 *
 * <p>Internal carrier: its arrays are fresh and become {@link AttestationDocument}'s own.
 */
record DocumentFields(
    String moduleId,
    String digest,
    long timestampMillis,
    SortedMap<Integer, PcrValue> pcrs,
    byte[] certificate,
    List<byte[]> cabundle,
    Optional<byte[]> publicKey,
    Optional<byte[]> userData,
    Optional<byte[]> nonce) {}
