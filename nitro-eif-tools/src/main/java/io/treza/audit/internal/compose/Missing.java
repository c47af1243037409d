package io.treza.audit.internal.compose;

import io.treza.audit.CheckId;

/** Which evidence would decide a check, and how to give it. */
final class Missing {
  private static final String IMAGE = "name the image";
  private static final String DOCKERFILE = "the Dockerfile with --dockerfile";
  private static final String KUBERNETES = "the manifests that deploy it with --k8s";
  private static final String SCAN = "a scanner's report of the image with --scan-report";

  private Missing() {}

  static String of(CheckId check) {
    String what = switch (check) {
      case H01, H02, H03 -> IMAGE + ", or give " + DOCKERFILE;
      case H04 -> IMAGE + "; or give " + DOCKERFILE + ", or " + KUBERNETES;
      case H05, H06, P07 -> "give " + KUBERNETES;
      case H07, P05 -> "give " + SCAN;
      case H08, H09 -> "give " + DOCKERFILE + ", or " + KUBERNETES;
      case H10 -> "give " + DOCKERFILE + " and its directory with --context";
      default -> IMAGE;
    };
    return "nothing that was given shows it; " + what;
  }
}
