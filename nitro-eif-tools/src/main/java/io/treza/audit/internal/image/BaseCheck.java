package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the base is minimal (H03), and what it is (P01). */
final class BaseCheck {
  private BaseCheck() {}

  static List<Finding> findings(ImageSurvey survey, Base base) {
    List<Finding> findings = new ArrayList<>();
    String stated = survey
        .description()
        .details()
        .annotation("org.opencontainers.image.base.name")
        .map(name -> "; its annotations name " + name + " as base")
        .orElse("");
    String seen = base.name() + ", " + base.count() + ": " + base.evidence() + stated;
    findings.add(
        switch (base.kind().size()) {
          case MINIMAL -> Finding.of("H03", PASS, family(base) + " (" + seen + ")");
          case REDUCED ->
            finding(
                WARN,
                family(base) + " (" + seen + ")",
                "Build the last stage on distroless, Alpine, Wolfi, a chiseled image or scratch.");
          case FULL ->
            finding(
                FAIL,
                family(base) + " (" + seen + ")",
                "Build the last stage on distroless, Alpine, Wolfi, a chiseled image or scratch.");
          case UNKNOWN ->
            finding(
                INCONCLUSIVE,
                "The base cannot be told (" + seen + ")" + hidden(survey),
                "Keep /etc/os-release in the image, so that it and scanners can tell what it is.");
        });
    boolean unknown = base.kind() == Base.Kind.UNKNOWN;
    findings.add(Finding.of("P01", unknown ? INCONCLUSIVE : PASS, seen));
    return findings;
  }

  private static Finding finding(Result result, String message, String fix) {
    return new Finding("H03", result, message, new Location.Whole(), fix);
  }

  private static String family(Base base) {
    return switch (base.kind()) {
      case SCRATCH -> "Built on scratch";
      case DISTROLESS -> "Built on a distroless image";
      case DISTROLESS_DEBUG -> "Built on a distroless image of the debug kind, which has busybox";
      case ALPINE -> "Built on Alpine";
      case WOLFI -> "Built on Wolfi";
      case CHAINGUARD -> "Built on a Chainguard image";
      case DOCKER_HARDENED -> "Built on a Docker Hardened Image";
      case BUSYBOX -> "Built on busybox";
      case CHISELED -> "Built on a chiseled Ubuntu";
      case BARE -> "Built on a distribution without its shell and package manager";
      case DEBIAN_SLIM -> "Built on a slim Debian, which has a shell and a package manager still";
      case RPM_REDUCED -> "Built on a reduced RPM distribution, which has a shell still";
      case DEBIAN -> "Built on a full Debian";
      case UBUNTU -> "Built on Ubuntu";
      case RPM -> "Built on a full RPM distribution";
      case OTHER, UNKNOWN -> "Built on a full distribution";
    };
  }

  /** A lower layer may tell what the last one hides. */
  private static String hidden(ImageSurvey survey) {
    Optional<SurveyedFile> lower = survey.kept().stream()
        .filter(f -> OsRelease.interest(f.path().latin1()) > 0 && !survey.visible(f))
        .findFirst();
    return lower
        .map(f -> "; a lower layer has /" + f.path() + ", removed later")
        .orElse("");
  }
}
