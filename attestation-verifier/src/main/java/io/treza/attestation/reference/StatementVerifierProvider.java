package io.treza.attestation.reference;

import java.util.Map;

/**
 * Makes statement verifiers of a kind that is in a library of its own; for programs that find it by
 * {@link java.util.ServiceLoader}, as the {@code treza} command does. Others call that library.
 */
public interface StatementVerifierProvider {
  /** Which kind, for example {@code sigstore}. */
  String kind();

  /**
   * A verifier.
   *
   * @param trustedRoot the authorities that vouch for signers, in the kind's own form
   * @param signer what must be so of the signer, in the kind's own words, for example {@code issuer}
   * @throws IllegalArgumentException if one of them cannot be used, or they describe nobody
   */
  StatementVerifier verifier(byte[] trustedRoot, Map<String, String> signer);
}
