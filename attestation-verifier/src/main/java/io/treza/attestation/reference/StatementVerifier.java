package io.treza.attestation.reference;

/**
 * Decides who signed a file and gives back what was signed: {@link TrustedKeys}, or one that knows
 * other signatures.
 */
@FunctionalInterface
public interface StatementVerifier {
  /**
   * The in-toto statement in {@code file}, if somebody who is trusted signed it.
   *
   * @return exactly the bytes that the signature covers, of payload type {@code
   *     application/vnd.in-toto+json}, and who signed them
   * @throws ReferenceValuesException if {@code file} is of another form or type, or if nobody
   *     trusted signed it
   */
  VerifiedStatement verify(byte[] file) throws ReferenceValuesException;
}
