package io.treza.audit.internal.dockerfile;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.AuditException;
import io.treza.audit.internal.dockerfile.ContextWalk.Unwanted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** H10: whether what should stay out of the image is kept out of what is copied into it. */
final class ContextChecks {
  /** Paths that stand for what should be kept out; the first ones must be. */
  private enum Probe {
    HISTORY(".git", ".git/HEAD", true),
    ENVIRONMENT(".env", ".env", true),
    SSH_KEY("id_rsa", "id_rsa", false),
    KEY("*.pem", "server.pem", false),
    MODULES("node_modules", "node_modules/a/index.js", false),
    TESTS("tests", "tests/test.py", false),
    SOURCE_MAP("*.map", "dist/app.js.map", false),
    TARGET("target", "target/debug/app", false);

    private final String title;
    private final String path;
    private final boolean needed;

    Probe(String title, String path, boolean needed) {
      this.title = title;
      this.path = path;
      this.needed = needed;
    }
  }

  /** Something that is copied from the build context. */
  private record Copy(Step step, String source) {
    boolean isWhole() {
      return source.isEmpty() || source.equals("*") || source.equals("**");
    }

    boolean takes(String path) {
      if (isWhole() || path.equals(source) || path.startsWith(source + "/")) {
        return true;
      }
      try {
        return source.matches(".*[*?\\[].*")
            && IgnorePattern.of(source, false, 0)
                .matches(path, new IgnorePattern.Steps(Limits.MATCHING));
      } catch (SyntaxException malformed) {
        return false;
      }
    }

    String title() {
      return step.instruction().keyword().toUpperCase(Locale.ROOT) + " "
          + LineParser.quoted(source.isEmpty() ? "." : source) + " (line " + step.line() + ", "
          + step.stage().title() + ")";
    }
  }

  private static final String FIX =
      "Add to .dockerignore: **/.git, **/.env*, **/*.pem, **/id_*, **/node_modules and tests; or"
          + " copy named files only.";

  private final BuildInput input;
  private final Findings findings;
  private final List<Copy> copies = new ArrayList<>();

  private ContextChecks(Build build, BuildInput input, Findings findings) {
    this.input = input;
    this.findings = findings;
    for (Step step : build.reachedSteps()) {
      boolean fromContext = step.is("add") || (step.is("copy") && step.origins().isEmpty());
      if (fromContext) {
        sources(step);
      }
    }
  }

  static void check(Build build, BuildInput input, Findings findings) throws AuditException {
    new ContextChecks(build, input, findings).check();
  }

  private void sources(Step step) {
    for (String source : step.args().subList(0, Math.max(0, step.args().size() - 1))) {
      boolean elsewhere = source.startsWith("<<")
          || source.matches("(?s)(https?|git|ssh)://.*|git@.*")
          || copies.size() >= Limits.COPIES;
      if (!elsewhere) {
        copies.add(new Copy(step, StageRunner.join("/", source).substring(1)));
      }
    }
  }

  private void check() throws AuditException {
    Optional<IgnoreFile> ignore = IgnoreFile.find(input);
    List<Copy> whole = copies.stream().filter(Copy::isWhole).toList();
    boolean sent = sentForSure(ignore);
    if (whole.isEmpty()) {
      if (!sent) {
        findings.whole(
            "H10",
            PASS,
            "nothing copies the whole build context; " + copies.size()
                + " names are copied one by one",
            "");
      }
      return;
    }
    Copy copy = whole.get(0);
    if (ignore.isEmpty()) {
      boolean known = input.context().isPresent();
      findings.at(
          copy.step.line(),
          "H10",
          known ? FAIL : INCONCLUSIVE,
          copy.title() + " copies the whole build context, and "
              + (known ? "there is no .dockerignore" : "the context was not given to look at"),
          FIX);
      return;
    }
    probes(copy, ignore.get(), sent);
  }

  private void probes(Copy copy, IgnoreFile ignore, boolean sent) {
    List<Probe> open = new ArrayList<>();
    for (Probe probe : Probe.values()) {
      if (!ignore.excludes(probe.path)) {
        open.add(probe);
      }
    }
    String names = open.stream().map(p -> p.title).collect(Collectors.joining(", "));
    boolean needed = open.stream().anyMatch(p -> p.needed) && input.context().isEmpty();
    if (!open.isEmpty()) {
      findings.at(
          copy.step.line(),
          "H10-probes",
          needed ? FAIL : WARN,
          copy.title() + " copies all that " + ignore.name() + " lets in, and that would be "
              + names + (input.context().isPresent() ? ", were they there" : ""),
          FIX);
    } else if (!sent) {
      findings.at(
          copy.step.line(),
          "H10",
          PASS,
          copy.title() + " copies all that " + ignore.name() + " lets in, and its "
              + ignore.patterns().size() + " patterns keep out "
              + Arrays.stream(Probe.values()).map(p -> p.title).collect(Collectors.joining(", ")),
          "");
    }
  }

  /** Reports what is really in the context and would be copied; whether there is any. */
  private boolean sentForSure(Optional<IgnoreFile> ignore) throws AuditException {
    if (input.context().isEmpty() || copies.isEmpty()) {
      return false;
    }
    ContextWalk.Found found = ContextWalk.walk(
        input.context().get(), ignore, path -> copies.stream().anyMatch(c -> c.takes(path)));
    boolean any = false;
    for (Unwanted unwanted : found.unwanted()) {
      Optional<Copy> copy =
          copies.stream().filter(c -> c.takes(unwanted.path())).findFirst();
      if (copy.isPresent()) {
        any = true;
        findings.at(
            copy.get().step.line(),
            "H10-sent",
            unwanted.secret() ? FAIL : WARN,
            copy.get().title() + " copies " + LineParser.quoted(unwanted.path()) + ": "
                + unwanted.what(),
            "Add to .dockerignore: " + unwanted.path());
      }
    }
    if (!found.complete()) {
      findings.whole(
          "H10-context",
          WARN,
          "the context was not looked at whole, since it has more than " + Limits.CONTEXT_FILES
              + " files, or some that cannot be read",
          "Give the build a smaller context.");
    }
    return any;
  }
}
