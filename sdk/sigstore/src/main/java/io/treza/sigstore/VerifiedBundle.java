package io.treza.sigstore;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A bundle whose every part was verified. */
public final class VerifiedBundle implements BundleResult {
  private final BundleSigner signer;
  private final Optional<byte[]> statement;
  private final List<Instant> signedAt;

  VerifiedBundle(BundleSigner signer, Optional<byte[]> statement, List<Instant> signedAt) {
    this.signer = signer;
    this.statement = statement.map(byte[]::clone);
    this.signedAt = List.copyOf(signedAt);
  }

  /** Who signed it. */
  public BundleSigner signer() {
    return signer;
  }

  /**
   * The in-toto statement that was signed, byte for byte; none in a bundle that signs an artifact
   * itself.
   */
  public Optional<byte[]> statement() {
    return statement.map(byte[]::clone);
  }

  /** When trusted logs and authorities saw the signature; empty only for a key's. */
  public List<Instant> signedAt() {
    return signedAt;
  }
}
