package io.treza.sigstore;

import dev.sigstore.rekor.client.RekorEntry;
import java.security.PublicKey;
import java.security.cert.CertPath;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Verifies Sigstore bundles, as {@code actions/attest} and cosign write them, without network.
 *
 * <p>A bundle is accepted if its certificate leads to an authority of the trusted root and is in a
 * certificate transparency log; if a transparency log has an entry about this very signature; if a
 * timestamp authority or the log says that it was made while the certificate was valid; if the
 * signature is right; and if the certificate was issued to whom it must be. Every entry and
 * timestamp that is there must be right.
 *
 * <p>Instances are immutable and can be used by many threads. The library underneath appends Bouncy
 * Castle to the JVM's list of security providers when a verifier is built.
 */
public final class SigstoreVerifier {
  private final List<SignerIdentity> identities;
  private final List<PublicKey> keys;
  private final CertificateStep certificates;
  private final LogStep logs;
  private final SignedAtStep signedAt;

  private SigstoreVerifier(Builder builder) {
    this.identities = List.copyOf(builder.identities);
    this.keys = List.copyOf(builder.keys);
    this.certificates = new CertificateStep(builder.root.parsed(), builder.certificateTransparency);
    this.logs = new LogStep(builder.root.parsed(), builder.log);
    this.signedAt = new SignedAtStep(builder.root.parsed());
  }

  /** Starts with whose word counts. */
  public static Builder builder(SigstoreTrustedRoot root) {
    return new Builder(root);
  }

  /** States who may have signed, and what may be missing. */
  public static final class Builder {
    private final SigstoreTrustedRoot root;
    private final List<SignerIdentity> identities = new ArrayList<>();
    private final List<PublicKey> keys = new ArrayList<>();
    private boolean certificateTransparency = true;
    private boolean log = true;

    private Builder(SigstoreTrustedRoot root) {
      this.root = root;
    }

    /** One more who may have signed. */
    public Builder identity(SignerIdentity identity) {
      identities.add(identity);
      return this;
    }

    /** One more key that may have signed, for bundles without a certificate. */
    public Builder key(PublicKey key) {
      keys.add(key);
      return this;
    }

    /** Accepts certificates that no transparency log has, as those of a private instance may be. */
    public Builder withoutCertificateTransparency() {
      certificateTransparency = false;
      return this;
    }

    /**
     * Accepts bundles without an entry of a transparency log, as those of GitHub for private
     * repositories are. A timestamp is then needed.
     */
    public Builder withoutTransparencyLog() {
      log = false;
      return this;
    }

    /**
     * The verifier.
     *
     * @throws IllegalStateException if nobody may have signed
     * @throws IllegalArgumentException if the trusted root's certificates or keys cannot be used
     */
    public SigstoreVerifier build() {
      if (identities.isEmpty() && keys.isEmpty()) {
        throw new IllegalStateException("say who must have signed: call identity or key");
      }
      return new SigstoreVerifier(this);
    }
  }

  /**
   * Verifies a bundle that holds a statement.
   *
   * @param bundle one JSON object, at most 16 MiB
   */
  public BundleResult verify(byte[] bundle) {
    return result(bundle, Optional.empty());
  }

  /**
   * Verifies a bundle about an artifact, a statement's subject or what was signed itself.
   *
   * @param bundle one JSON object, at most 16 MiB
   * @param artifact of a kind that the statement states; SHA-256 if the artifact itself was signed
   */
  public BundleResult verify(byte[] bundle, ArtifactDigest artifact) {
    return result(bundle, Optional.of(artifact));
  }

  /**
   * Like {@link #verify(byte[])}.
   *
   * @throws BundleRejectedException if the bundle is not accepted
   */
  public VerifiedBundle verifyOrThrow(byte[] bundle) throws BundleRejectedException {
    return accepted(verify(bundle));
  }

  /**
   * Like {@link #verify(byte[], ArtifactDigest)}.
   *
   * @throws BundleRejectedException if the bundle is not accepted
   */
  public VerifiedBundle verifyOrThrow(byte[] bundle, ArtifactDigest artifact)
      throws BundleRejectedException {
    return accepted(verify(bundle, artifact));
  }

  private static VerifiedBundle accepted(BundleResult result) throws BundleRejectedException {
    if (result instanceof BundleRejection rejection) {
      throw new BundleRejectedException(rejection);
    }
    return (VerifiedBundle) result;
  }

  private BundleResult result(byte[] json, Optional<ArtifactDigest> artifact) {
    try {
      BundleDocument bundle = BundleDocument.parse(json);
      return bundle.certificates().isPresent()
          ? byCertificate(bundle, bundle.certificates().get(), artifact)
          : byKey(bundle, artifact);
    } catch (Refused e) {
      return e.rejection();
    }
  }

  private VerifiedBundle byCertificate(
      BundleDocument bundle, CertPath chain, Optional<ArtifactDigest> artifact) throws Refused {
    X509Certificate certificate = certificates.check(chain);
    SignatureStep.check(bundle.content(), certificate.getPublicKey(), artifact);
    byte[] encoded;
    try {
      encoded = certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new Refused(BundleReason.CERTIFICATE, "the certificate cannot be encoded", e);
    }
    List<Instant> times = observed(bundle, encoded, Optional.of(certificate), artifact);
    certificates.checkAt(chain, times);
    return verified(bundle, IdentityStep.check(certificate, identities), times);
  }

  private VerifiedBundle byKey(BundleDocument bundle, Optional<ArtifactDigest> artifact)
      throws Refused {
    for (int i = 0; i < keys.size(); i++) {
      try {
        SignatureStep.check(bundle.content(), keys.get(i), artifact);
      } catch (Refused e) {
        continue;
      }
      byte[] encoded = keys.get(i).getEncoded();
      List<Instant> times = observed(bundle, encoded, Optional.empty(), artifact);
      return verified(bundle, new BundleSigner.Key(i), times);
    }
    throw new Refused(
        BundleReason.SIGNATURE,
        keys.isEmpty()
            ? "it has no certificate, and no key is trusted"
            : "not signed by any of the " + keys.size() + " trusted keys");
  }

  /** Everything about what others saw of the signature. */
  private List<Instant> observed(
      BundleDocument bundle,
      byte[] signer,
      Optional<X509Certificate> certificate,
      Optional<ArtifactDigest> artifact)
      throws Refused {
    if (artifact.isPresent()) {
      ArtifactStep.check(bundle.content(), artifact.get());
    }
    logs.check(bundle.entries());
    LogMatchStep match = new LogMatchStep(bundle.content(), signer, artifact);
    for (RekorEntry entry : bundle.entries()) {
      match.check(entry);
    }
    return signedAt.check(bundle, certificate);
  }

  private static VerifiedBundle verified(
      BundleDocument bundle, BundleSigner signer, List<Instant> times) {
    Optional<byte[]> statement = bundle.content() instanceof BundleDocument.Statement s
        ? Optional.of(Arrays.copyOf(s.payload(), s.payload().length))
        : Optional.empty();
    return new VerifiedBundle(signer, statement, times);
  }
}
