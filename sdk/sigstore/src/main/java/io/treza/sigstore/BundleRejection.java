package io.treza.sigstore;

/**
 * Why a bundle was not accepted. For logs and support; never a basis for trust.
 *
 * @param reason the rule that was broken
 * @param detail what was expected and what was found
 */
public record BundleRejection(BundleReason reason, String detail) implements BundleResult {
  @Override
  public String toString() {
    return reason + ": " + detail;
  }
}
