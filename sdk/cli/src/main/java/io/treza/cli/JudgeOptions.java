package io.treza.cli;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.TrustAnchor;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whom to trust, how old evidence may be, and whether debug mode will do. */
final class JudgeOptions {
  @Option(
      names = "--max-age",
      paramLabel = "D",
      converter = Durations.class,
      description = "How old a live document may be: 90s, 5m, 2h. Default 5m.")
  private @Nullable Duration maxAge;

  @Option(
      names = "--root",
      paramLabel = "PEM",
      description = "Trust this root instead of AWS's. May be given several times.")
  private List<String> roots = List.of();

  @Option(
      names = "--gov-cloud",
      description = {
        "Trust the root of AWS GovCloud (US) instead of the commercial one.",
        "Compare its fingerprint with one you trust first."
      })
  private boolean govCloud;

  @Option(
      names = "--allow-debug",
      description = "Insecure: accept an enclave whose operator can read its memory.")
  private boolean allowDebug;

  boolean limitsAge() {
    return maxAge != null;
  }

  Expectation.Builder addTo(Expectation.Builder expectation) {
    return allowDebug ? expectation.acceptDebugMode() : expectation;
  }

  /**
   * What judges.
   *
   * @throws IllegalArgumentException if the options contradict each other or are out of bounds
   */
  AttestationVerifier.Builder verifier() {
    if (govCloud && !roots.isEmpty()) {
      throw new IllegalArgumentException("Give --root or --gov-cloud, not both.");
    }
    AttestationVerifier.Builder builder = AttestationVerifier.builder();
    if (maxAge != null) {
      builder.maxAge(maxAge);
    }
    if (govCloud) {
      builder.trustAnchors(TrustAnchor.awsGovCloud());
    } else if (!roots.isEmpty()) {
      builder.trustAnchors(roots.stream().map(JudgeOptions::root).toList());
    }
    return builder;
  }

  private static TrustAnchor root(String file) {
    try {
      return TrustAnchor.ofRoot(file, Inputs.read(file));
    } catch (IllegalArgumentException e) {
      throw new Unusable(file + ": " + e.getMessage(), e);
    }
  }
}
