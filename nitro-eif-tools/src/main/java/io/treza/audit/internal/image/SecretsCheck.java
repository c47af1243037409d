package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.Certainty;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Whether a secret is in a file of any layer, whether a container sees it or not (H04). */
final class SecretsCheck {
  private static final int MOST_FINDINGS = 200;
  // Keys that packages bring along to test themselves with, and examples in documentation.
  private static final Pattern OTHERS = Pattern.compile(
      "(?:^|/)(?:node_modules|site-packages|dist-packages|vendor|gems|pkg/mod|testdata|fixtures"
          + "|__tests__|examples?)/"
          + "|^usr/(?:local/)?(?:share/(?:doc|man|perl|info|vim|help)|lib/(?:python|perl|node|ruby|go)"
          + "|include|src)[^/]*/|^usr/local/go/");

  private SecretsCheck() {}

  static List<Finding> findings(ImageSurvey survey) {
    List<Finding> findings = new ArrayList<>();
    for (FoundSecret secret : survey.secrets()) {
      findings.add(finding(secret, survey));
    }
    // The gravest must be among those that are named.
    findings.sort((a, b) -> b.result().compareTo(a.result()));
    int unlisted = survey.unlistedSecrets() + Math.max(0, findings.size() - MOST_FINDINGS);
    if (findings.size() > MOST_FINDINGS) {
      findings.subList(MOST_FINDINGS, findings.size()).clear();
    }
    if (unlisted > 0) {
      findings.add(Finding.of(
          "H04-file", FAIL, unlisted + " more files have secrets, or may have; mend these first"));
    }
    findings.addAll(StatedSecrets.findings(survey.description()));
    if (findings.isEmpty()) {
      findings.add(Finding.of(
          "H04",
          PASS,
          "No secret by name or form in the files of "
              + survey.description().layers().size()
              + " layers, " + survey.description().config().env().size() + " variables, "
              + survey.description().details().history().size()
              + " build steps, labels and command"));
    }
    return findings;
  }

  private static Finding finding(FoundSecret secret, ImageSurvey survey) {
    SurveyedFile file = secret.file();
    boolean others = OTHERS.matcher(file.path().latin1()).find();
    List<String> seen = new ArrayList<>();
    Optional<Result> result = Optional.empty();
    for (SecretScanner.Hit hit : secret.scan().hits()) {
      seen.add(hit.rule().what() + " at byte " + hit.offset() + " (" + hit.shown() + ")");
      result = Optional.of(FAIL);
    }
    if (secret.named().isPresent()) {
      SecretPatterns.SecretFile named = secret.named().get();
      seen.add("it is " + named.what());
      Result says = named.certainty() == Certainty.SECRET ? FAIL : WARN;
      result = Optional.of(result.orElse(says));
    }
    if (!secret.scan().complete()) {
      seen.add("has too much that looks like the start of a secret to look at it all");
      result = Optional.of(result.orElse(INCONCLUSIVE));
    }
    Result weighed = result.orElse(INCONCLUSIVE);
    String hidden = survey.visible(file)
        ? ""
        : "; a later layer removes or replaces it, but who pulls the image gets it";
    String whose = others ? "; it seems to be a package's own, for tests or as an example" : "";
    return new Finding(
        "H04-file",
        others && weighed == FAIL ? WARN : weighed,
        "/" + file.path() + ": " + String.join(", ", seen) + hidden + whose,
        file.location(),
        "Build without it, since removing it in a later step leaves it in the layer; hand it over"
            + " at run time, and revoke it if the image was ever pushed.");
  }
}
