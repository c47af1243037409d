package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import io.treza.audit.internal.image.Leftovers.Kind;
import java.util.ArrayList;
import java.util.List;

/** Whether what a .dockerignore should have kept out is in a layer (H10). */
final class ContextCheck {
  private ContextCheck() {}

  static List<Finding> findings(ImageSurvey survey) {
    List<Finding> findings = new ArrayList<>();
    survey
        .leftovers()
        .seen()
        .forEach((kind, seen) -> findings.add(new Finding(
            "H10-image",
            kind == Kind.GIT ? FAIL : WARN,
            "The layers have " + kind.words() + ", " + seen.count() + " in all, such as /"
                + seen.first().path()
                + (survey.visible(seen.first()) ? "" : ", which a later layer removes"),
            seen.first().location(),
            "Name them in .dockerignore, or copy only named files.")));
    if (findings.isEmpty()) {
      findings.add(Finding.of(
          "H10-image",
          PASS,
          "No .git, source maps, tests, caches or build files of the context in "
              + survey.description().layers().size() + " layers"));
    }
    return findings;
  }
}
