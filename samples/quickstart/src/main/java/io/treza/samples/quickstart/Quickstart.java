package io.treza.samples.quickstart;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Rejection;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The smallest relying party: verifies one document from a file against pins and a nonce.
 *
 * <p>Usage: {@code Quickstart DOCUMENT PINS NONCE-HEX [ROOT-PEM]}. Exit status 0 if verified, 1 if
 * refused.
 */
public final class Quickstart {
  private Quickstart() {}

  /** Entry point. */
  public static void main(String[] args) throws IOException, ReferenceValuesException {
    byte[] document = Files.readAllBytes(Path.of(args[0]));
    byte[] pins = Files.readAllBytes(Path.of(args[1]));
    byte[] nonce = HexFormat.of().parseHex(args[2]);
    if (args.length < 4) {
      print(document, pins, nonce);
      return;
    }
    TrustAnchor root = TrustAnchor.ofRoot(args[3], Files.readAllBytes(Path.of(args[3])));
    AttestationVerifier verifier =
        AttestationVerifier.builder().trustAnchors(root).build();
    try {
      System.out.println("verified " + verify(verifier, document, pins, nonce).moduleId());
    } catch (AttestationRejectedException e) {
      System.out.println("refused " + e.rejection());
      System.exit(1);
    }
  }

  /** Under AWS's root, with the answer as a value. */
  private static void print(byte[] document, byte[] pins, byte[] nonce)
      throws ReferenceValuesException {
    AttestationVerifier verifier = AttestationVerifier.create();
    Expectation expectation = Expectation.releases(ReferenceValues.parseUnsigned(pins, "v1.2.3"))
        .nonce(nonce)
        .build();
    VerificationResult result = verifier.verify(document, expectation);
    if (result instanceof VerifiedAttestation attestation) {
      System.out.println(attestation.moduleId() + " runs " + attestation.measurements());
    } else if (result instanceof Rejection rejection) {
      System.out.println("refused: " + rejection);
    }
  }

  /** Under a root of one's own, with the refusal as an exception. */
  static VerifiedAttestation verify(
      AttestationVerifier verifier, byte[] document, byte[] pins, byte[] nonce)
      throws ReferenceValuesException, AttestationRejectedException {
    Expectation expectation = Expectation.releases(ReferenceValues.parseUnsigned(pins, "v1.2.3"))
        .nonce(nonce)
        .build();
    return verifier.verifyOrThrow(document, expectation);
  }
}
