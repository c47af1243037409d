package io.treza.audit.internal.compose;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;

/** Which evidence would decide a check, and how to give it. */
final class Missing {
  private static final String IMAGE = "Name the image";
  private static final String DOCKERFILE = "the Dockerfile with --dockerfile";
  private static final String KUBERNETES = "the manifests that deploy it with --k8s";
  private static final String SCAN = "a scanner's report of it with --scan-report";

  private Missing() {}

  static Finding of(CheckId check) {
    String remedy = switch (check) {
      case H01, H02, H03 -> IMAGE + ", or give " + DOCKERFILE;
      case H04 -> IMAGE + ", or give " + DOCKERFILE + ", or " + KUBERNETES;
      case H05, H06, P07 -> "Give " + KUBERNETES;
      case H07, P05 -> "Give " + SCAN;
      case H08, H09 -> "Give " + DOCKERFILE + ", or " + KUBERNETES;
      case H10 -> "Give " + DOCKERFILE + ", and its directory with --context";
      default -> IMAGE;
    };
    return new Finding(
        check.name(),
        Result.INCONCLUSIVE,
        "no evidence was given that shows it",
        new Location.Whole(),
        remedy + ".");
  }
}
