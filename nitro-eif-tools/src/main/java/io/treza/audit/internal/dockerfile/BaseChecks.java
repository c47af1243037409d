package io.treza.audit.internal.dockerfile;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Result;
import io.treza.audit.internal.dockerfile.KnownImage.User;
import io.treza.audit.internal.dockerfile.StageResult.Setting;
import io.treza.image.RegistryReference;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** H01, H02 and H03: what the final stage is built on, what tools it has, and who runs it. */
final class BaseChecks {
  private static final String SPLIT =
      "Build in an earlier stage, and COPY --from only the result into the last one.";

  private final Build build;
  private final Findings findings;
  private final Stage first;
  private final Optional<KnownImage> known;

  private BaseChecks(Build build, Findings findings) {
    this.build = build;
    this.findings = findings;
    first = build.ancestry().get(0);
    known = first.origin() instanceof Origin.Image image
        ? StageContents.reference(image).map(KnownImages::find)
        : Optional.empty();
  }

  static void check(Build build, Findings findings) {
    BaseChecks checks = new BaseChecks(build, findings);
    checks.buildTools();
    checks.user();
    checks.minimalBase();
  }

  private int fromLine() {
    return first.from().line();
  }

  /** The base in words, with how the final stage comes to it. */
  private String base() {
    String image = describe(first.origin());
    List<Stage> line = build.ancestry();
    return line.size() == 1
        ? image
        : image + " (through "
            + line.subList(0, line.size() - 1).stream()
                .skip(Math.max(0, line.size() - 4))
                .map(Stage::title)
                .collect(Collectors.joining(", "))
            + ")";
  }

  /** Whether the base is known only to whoever starts the build. */
  private boolean isUndecided() {
    boolean unset =
        first.origin() instanceof Origin.Image image && !image.unset().isEmpty();
    return first.origin() instanceof Origin.NamedContext
        || (unset && known.map(k -> k.base() == KnownImage.Base.UNKNOWN).orElse(true));
  }

  static String describe(Origin origin) {
    if (origin instanceof Origin.Image image) {
      return image.reference().isEmpty() ? "an image that a variable names" : image.reference();
    } else if (origin instanceof Origin.NamedContext context) {
      return "the build context \"" + context.name() + "\"";
    }
    return "scratch";
  }

  private static String unsetIn(Origin.Image image) {
    return String.join(", ", image.unset());
  }

  private void buildTools() {
    StageContents.Contents contents = new StageContents(build).ofTarget();
    for (RunEffects.Tool tool : contents.effects().tools()) {
      findings.at(
          tool.line(),
          "H01",
          FAIL,
          "the final image has " + tool.name() + ", " + tool.how(),
          SPLIT);
    }
    for (String whole : contents.unknown()) {
      findings.at(
          fromLine(),
          "H01",
          INCONCLUSIVE,
          "nothing is known of what is copied: " + whole,
          "Copy only the files that are needed.");
    }
    Optional<String> manager = known
        .flatMap(KnownImage::packageManager)
        .filter(m -> !contents.effects().lost(m));
    boolean npm = manager.filter("npm"::equals).isPresent();
    if (npm && !findings.any("H01")) {
      findings.at(
          fromLine(),
          "H01-npm",
          WARN,
          "no build tool is used, but " + base() + " has npm in it",
          "Remove it in the last stage (RUN npm uninstall -g npm), or start from a distroless image.");
    }
    if (findings.any("H01")) {
      return;
    }
    if (isUndecided()) {
      findings.at(
          fromLine(),
          "H01",
          INCONCLUSIVE,
          "what " + base() + " has in it is not known",
          "Audit the image that is built.");
      return;
    }
    String fetchers = contents.effects().fetchers().stream()
        .map(t -> t.name() + " (line " + t.line() + ")")
        .distinct()
        .limit(5)
        .collect(Collectors.joining(", "));
    findings.at(
        build.targetStage().from().line(),
        "H01",
        PASS,
        build.targetStage().title() + " starts from " + base() + ", and none of the "
            + build.finalSteps().size() + " instructions that make it leaves a compiler, build"
            + " driver or development package"
            + (fetchers.isEmpty()
                ? ""
                : "; it has " + fetchers + ", which fetches but builds nothing")
            + manager
                .filter(m -> !npm)
                .map(m -> "; the base has " + m + ", which is not used")
                .orElse(""),
        "");
  }

  private void user() {
    Optional<Setting> user = build.result().user();
    if (user.isPresent()) {
      Setting set = user.get();
      String name = set.value().contains(":")
          ? set.value().substring(0, set.value().indexOf(':'))
          : set.value();
      if (!set.unset().isEmpty() && !(first.origin() instanceof Origin.Scratch)) {
        findings.at(
            set.line(),
            "H02",
            INCONCLUSIVE,
            "USER depends on " + String.join(", ", set.unset())
                + ", which has no value here; the base image may set it, or a build argument",
            "Write the number of the user, or give the ARG a default.");
      } else if (isRoot(name)) {
        findings.at(
            set.line(),
            "H02",
            FAIL,
            "the last USER that the final stage has is " + LineParser.quoted(set.value())
                + ", which is root",
            "End the last stage with USER and a number other than 0, such as USER 65532.");
      } else {
        boolean number = name.matches("[0-9]+");
        findings.at(
            set.line(),
            "H02",
            PASS,
            "USER " + set.value() + " in the final stage or one that it starts from"
                + (number
                    ? ""
                    : "; by name, so Kubernetes cannot check runAsNonRoot: a number can"),
            "");
      }
      return;
    }
    Optional<User> inherited = known.flatMap(KnownImage::user);
    String missing = build.targetStage().title() + " has no USER, and starts from " + base();
    String fix = "Add to the last stage: USER 65532";
    int line = build.targetStage().from().line();
    String other = userElsewhere();
    if (inherited.isPresent() && !inherited.get().root()) {
      findings.at(
          line, "H02", PASS, missing + ", which runs as " + inherited.get().name(), "");
    } else if (isUndecided()) {
      findings.at(line, "H02", INCONCLUSIVE, missing + ", whose user is not known" + other, fix);
    } else if (inherited.isPresent() || first.origin() instanceof Origin.Scratch) {
      findings.at(line, "H02", FAIL, missing + ", which runs as root" + other, fix);
    } else {
      findings.at(
          line,
          "H02",
          FAIL,
          missing + ", of which nothing is known; without a USER of its own the image runs as"
              + " root unless the base says otherwise" + other,
          fix);
    }
  }

  /** Names a USER that has no effect on the final image, since such a one misleads. */
  private String userElsewhere() {
    return build.dockerfile().instructions().stream()
        .filter(i -> i.is("user"))
        .findFirst()
        .map(i -> "; the USER in line " + i.line() + " is of another stage")
        .orElse("");
  }

  private static boolean isRoot(String name) {
    return name.isEmpty() || name.matches("0+|\\+0+|root|toor|(?i:ContainerAdministrator)");
  }

  private void minimalBase() {
    String fix =
        "Start the last stage from scratch, distroless, Alpine, Wolfi or a chiseled image.";
    if (first.origin() instanceof Origin.Scratch) {
      findings.at(fromLine(), "H03", PASS, "the final stage starts from scratch", "");
    } else if (first.origin() instanceof Origin.Image image && isUndecided()) {
      findings.at(
          fromLine(),
          "H03",
          INCONCLUSIVE,
          "the base depends on " + unsetIn(image) + ", which has no value here",
          "Give the ARG a default, or the audit the build argument.");
    } else if (known.isPresent()) {
      KnownImage.Base base = known.get().base();
      Result result = base.result();
      findings.at(
          fromLine(),
          "H03",
          result,
          "the final stage starts from " + base() + ": " + base.title(),
          result == PASS ? "" : fix);
    } else {
      findings.at(
          fromLine(),
          "H03",
          INCONCLUSIVE,
          "the final stage starts from " + base() + ", which is no name of a known image",
          fix);
    }
  }

  /** The base image's name as a registry has it, if it is one and has a name. */
  static Optional<RegistryReference> baseReference(Build build) {
    return build.base() instanceof Origin.Image image
        ? StageContents.reference(image)
        : Optional.empty();
  }
}
