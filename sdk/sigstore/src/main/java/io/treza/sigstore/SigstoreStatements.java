package io.treza.sigstore;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.StatementVerifier;
import io.treza.attestation.reference.VerifiedStatement;

/** Reference values in Sigstore bundles: what a bundle's statement says, and who signed it. */
public final class SigstoreStatements implements StatementVerifier {
  private final SigstoreVerifier verifier;

  /** Accepts the bundles that {@code verifier} accepts. */
  public SigstoreStatements(SigstoreVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public VerifiedStatement verify(byte[] file) throws ReferenceValuesException {
    BundleResult result = verifier.verify(file);
    if (result instanceof BundleRejection rejection) {
      throw new ReferenceValuesException(
          rejection.reason() == BundleReason.MALFORMED ? Problem.ENVELOPE : Problem.SIGNATURE,
          rejection.toString());
    }
    VerifiedBundle bundle = (VerifiedBundle) result;
    byte[] statement = bundle
        .statement()
        .orElseThrow(() -> new ReferenceValuesException(
            Problem.PAYLOAD_TYPE, "the bundle signs a file, and holds no statement"));
    return new VerifiedStatement(statement, name(bundle.signer()));
  }

  private static String name(BundleSigner signer) {
    return signer instanceof BundleSigner.Certificate certificate
        ? certificate.subject() + ", as " + certificate.issuer() + " says"
        : "trusted key " + ((BundleSigner.Key) signer).index();
  }
}
