package io.treza.audit.internal.dockerfile;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.NOT_APPLICABLE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Result;
import io.treza.audit.internal.dockerfile.Build.ImageUse;
import io.treza.audit.internal.dockerfile.Build.Use;
import io.treza.image.RegistryReference;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** H08 and H09: whether the images from outside can change under their names. */
final class ReferenceChecks {
  /** Names of releases of Debian and Ubuntu, which stand for a version. */
  private static final Pattern CODE_NAME = Pattern.compile(
      "(.*[-_.])?(wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|trusty|xenial|bionic"
          + "|focal|jammy|noble|oracular|plucky|questing|resolute)([-_.].*)?");

  private final Build build;
  private final Findings findings;

  private ReferenceChecks(Build build, Findings findings) {
    this.build = build;
    this.findings = findings;
  }

  static void check(Build build, Findings findings) {
    new ReferenceChecks(build, findings).check();
  }

  private void check() {
    Set<ImageUse> seen = new HashSet<>();
    List<ImageUse> uses = build.images().stream().filter(seen::add).toList();
    for (ImageUse use : uses) {
      judge(use);
    }
    build.dockerfile().syntax().ifPresent(syntax -> {
      if (!syntax.value().contains("@")) {
        findings.at(
            syntax.line(),
            "H08-syntax",
            NOT_APPLICABLE,
            "# syntax=" + syntax.value() + " names the image that does the build, and is not pinned"
                + " either",
            "Pin it by digest if builds must be the same for years.");
      }
    });
    String none = "the build uses no image from outside" + contexts();
    if (uses.isEmpty()) {
      int line = build.targetStage().from().line();
      findings.at(line, "H08", PASS, none, "");
      findings.at(line, "H09", PASS, none, "");
    }
  }

  private String contexts() {
    return build.reachedSteps().stream()
        .flatMap(s -> s.origins().stream())
        .filter(Origin.NamedContext.class::isInstance)
        .map(o -> "; " + BaseChecks.describe(o) + " is given to it by the caller")
        .findFirst()
        .orElse("");
  }

  private void judge(ImageUse use) {
    String name = use.how() + " "
        + (use.image().reference().isEmpty() ? "of a variable" : use.image().reference());
    Optional<RegistryReference> reference = StageContents.reference(use.image());
    if (reference.isEmpty()) {
      String unset = String.join(", ", use.image().unset());
      String message = unset.isEmpty()
          ? name + " is no name of an image"
          : name + ": " + unset + " has neither value nor default";
      String fix = unset.isEmpty()
          ? "Correct the name."
          : "Give ARG " + unset + " a default, or the audit the build argument.";
      findings.at(use.line(), "H08", INCONCLUSIVE, message, fix);
      findings.at(use.line(), "H09", INCONCLUSIVE, message, fix);
      return;
    }
    pinned(use, name, reference.get());
    tag(use, name, reference.get());
  }

  private void pinned(ImageUse use, String name, RegistryReference reference) {
    if (reference.digest().isPresent()) {
      findings.at(use.line(), "H08", PASS, name + " is pinned by digest", "");
      return;
    }
    // What only takes part in the build is not itself in the image.
    Result result = use.use() == Use.BUILD ? WARN : FAIL;
    findings.at(
        use.line(),
        use.use() == Use.BUILD ? "H08-build" : "H08",
        result,
        name + " is not pinned by digest"
            + switch (use.use()) {
              case FINAL_BASE -> ", and the final image is built on it";
              case FINAL_COPY -> ", and files of it are in the final image";
              case BUILD -> "; it only takes part in the build";
            },
        "Write " + reference.repository().replaceFirst("^library/", "")
            + reference.tag().map(t -> ":" + t).orElse("")
            + "@sha256:... with the digest that docker buildx imagetools inspect shows.");
  }

  private void tag(ImageUse use, String name, RegistryReference reference) {
    if (reference.digest().isPresent()) {
      findings.at(use.line(), "H09", PASS, name + " has a digest, which decides", "");
      return;
    }
    String tag = reference.tag().orElse("latest");
    boolean written = use.image().reference().endsWith(":" + tag);
    if (tag.equals("latest") || tag.startsWith("latest-") || tag.endsWith("-latest")) {
      findings.at(
          use.line(),
          "H09",
          FAIL,
          written ? name + " is the tag latest" : name + " has no tag, which means latest",
          "Name a version, or better a digest.");
    } else if (!tag.matches(".*[0-9].*") && !CODE_NAME.matcher(tag).matches()) {
      findings.at(
          use.line(),
          "H09",
          FAIL,
          name + " names no version: the tag " + tag + " moves as latest does",
          "Name a version, or better a digest.");
    } else {
      findings.at(use.line(), "H09", PASS, name + " names the version " + tag, "");
    }
  }
}
