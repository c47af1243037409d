package io.treza.attestation;

import io.treza.attestation.Expectation.NonceRule;
import io.treza.attestation.internal.Text;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Step 15: nonce, user data and public key are the expected ones. What the workload had attested
 * binds its own key or state; the nonce binds the document to one request.
 */
final class BindingsStep {
  private BindingsStep() {}

  static void check(AttestationDocument document, Expectation expectation) throws Refusal {
    if (expectation.nonce() instanceof NonceRule.Exactly exactly
        && !isBytes(document.nonce(), exactly.nonce())) {
      throw nonceRefusal(exactly.nonce(), document.nonce().orElse(null));
    }
    Optional<byte[]> userData = expectation.userData();
    if (userData.isPresent() && !isBytes(document.userData(), userData.get())) {
      throw refusal(
          Reason.USER_DATA_MISMATCH, userData.get(), document.userData().orElse(null));
    }
    Optional<byte[]> publicKey = expectation.publicKey();
    if (publicKey.isPresent() && !isBytes(document.publicKey(), publicKey.get())) {
      throw refusal(
          Reason.PUBLIC_KEY_MISMATCH, publicKey.get(), document.publicKey().orElse(null));
    }
  }

  static Refusal nonceRefusal(byte[] expected, byte @Nullable [] found) {
    return refusal(Reason.NONCE_MISMATCH, expected, found);
  }

  private static boolean isBytes(Optional<byte[]> found, byte[] expected) {
    return found.isPresent() && Arrays.equals(found.get(), expected);
  }

  private static Refusal refusal(Reason reason, byte[] expected, byte @Nullable [] found) {
    return new Refusal(reason, Text.hex(expected), found == null ? "none" : Text.hex(found));
  }
}
