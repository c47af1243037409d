package io.treza.audit.internal.image;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether what builds programs is in the image (H01): in the flattened root, where a name must be a
 * real program in a place for programs, and less gravely below it.
 */
final class BuildToolsCheck {
  private static final String FIX =
      "Build in one stage, and copy only the result into a last stage that starts from a base"
          + " without tools.";
  private static final int MOST_NAMED = 6;

  // Of cross and versioned names, such as x86_64-linux-gnu-gcc-12, the plain one counts.
  private static final Predicate<String> BUILDER = Pattern.compile(
          "(?:[a-z0-9_]+-(?:[a-z0-9_]+-)*(?:linux|alpine|wolfi|redhat|suse|elf|musl|gnu)[a-z0-9_]*-"
              + "(?:[a-z0-9]+-)?)?"
              + "(?:gcc|g\\+\\+|cc|c\\+\\+|c89|c99|clang|clang\\+\\+|gfortran|gnat|tcc|ld|ld\\.bfd|ld\\.gold"
              + "|ld\\.lld|lld|ld\\.mold|mold|as|gold)(?:-[0-9.]+)?"
              + "|cc1|cc1plus|collect2|make|gmake|cmake|ninja|ninja-build|samu|meson|scons|autoconf"
              + "|automake|libtool|bazel|bazelisk|go|gofmt|rustc|cargo|rustup|javac|kotlinc|scalac"
              + "|mvn|mvnw|gradle|ant|sbt|ghc|cabal|stack|zig|nim|swiftc|msbuild|dotnet-sdk|tsc"
              + "|git|svn|hg|dpkg-buildpackage|abuild|rpmbuild")
      .asMatchPredicate();
  private static final Predicate<String> FETCHER = Pattern.compile(
          "npm|npx|yarn|yarnpkg|pnpm|pnpx|corepack|node-gyp|pip[0-9.]*|pipx|poetry|pdm|uv|uvx|conda"
              + "|mamba|gem|bundle|bundler|composer|nuget|maven")
      .asMatchPredicate();
  private static final Predicate<String> DIRECTORY = Pattern.compile(
          "(?:.*/)?(?:s?bin|libexec/gcc/.*|lib/gcc/.*|lib/node_modules/(?:.*/)?\\.bin)"
              + "|(?:.*/)?go/pkg/tool/.*|(?:.*/)?lib/git-core")
      .asMatchPredicate();
  private static final Predicate<String> PACKAGE = Pattern.compile(
          "build-essential|build-base|gcc(?:-[0-9.]+)?|g\\+\\+(?:-[0-9.]+)?|clang(?:-[0-9]+)?|binutils"
              + "|make|cmake|linux-headers.*|linux-libc-dev|(?:musl|libc6?|libc6|glibc)-dev|.+-dev"
              + "|.+-devel|golang.*|rust|cargo|openjdk-[0-9]+-jdk.*|maven|gradle")
      .asMatchPredicate();
  private static final Map<String, Pattern> REMAINS = Map.of(
      "header files", Pattern.compile("usr/(?:local/)?include/.+\\.(?:h|hpp|hh)"),
      "static libraries", Pattern.compile("(?:usr/(?:local/)?)?lib(?:64)?/.+\\.a"),
      "caches of build tools",
          Pattern.compile(
              "(?:root|home/[^/]+)/(?:\\.m2|\\.gradle|\\.npm|\\.cargo|\\.ivy2|\\.cache/(?:go-"
                  + "build|pip|yarn|node-gyp|uv|pypoetry))/.+|usr/local/cargo/registry/.+|go/pkg/mod/.+"));

  private BuildToolsCheck() {}

  static List<Finding> findings(ImageSurvey survey, Optional<Packages> packages) {
    FileTree root = survey.root();
    List<Finding> findings = new ArrayList<>();
    List<Program> builders = tools(root, BUILDER);
    dotnet(root).ifPresent(builders::add);
    if (!builders.isEmpty()) {
      findings.add(new Finding(
          "H01",
          FAIL,
          "Build tools can be run: " + ShellCheck.list(builders) + packages(packages),
          ShellCheck.place(builders),
          FIX));
    }
    List<Program> fetchers = tools(root, FETCHER);
    if (!fetchers.isEmpty()) {
      findings.add(new Finding(
          "H01-package-manager",
          WARN,
          "Package managers of languages can be run: " + ShellCheck.list(fetchers),
          ShellCheck.place(fetchers),
          "Remove them from the last stage, or start it from a base that has only the run time."));
    }
    findings.addAll(remains(root));
    hidden(survey).ifPresent(findings::add);
    if (builders.isEmpty() && findings.isEmpty()) {
      findings.add(Finding.of(
          "H01",
          PASS,
          "No compiler, linker, build driver or package manager of a language among the "
              + root.files().stream().filter(SurveyedFile::program).count()
              + " programs of the root"));
    }
    return findings;
  }

  private static List<Program> tools(FileTree root, Predicate<String> names) {
    return Program.named(root, names).stream()
        .filter(p -> DIRECTORY.test(directory(p.path())))
        // Busybox has applets of such names, which do not build.
        .filter(p -> !Program.base(p.file().path().latin1()).startsWith("busybox"))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static String directory(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** The run time and the SDK of .NET are started by the same program. */
  private static Optional<Program> dotnet(FileTree root) {
    return root.files().stream()
        .filter(f -> f.regular() && f.path().latin1().endsWith("/dotnet.dll"))
        .filter(f -> f.path().latin1().contains("dotnet/sdk/"))
        .map(f -> new Program(f.path().toString(), f))
        .findFirst();
  }

  private static String packages(Optional<Packages> packages) {
    List<String> names = packages.stream()
        .flatMap(p -> p.names().stream())
        .filter(PACKAGE)
        .limit(MOST_NAMED)
        .toList();
    return names.isEmpty() ? "" : "; packages for building: " + String.join(", ", names);
  }

  private static List<Finding> remains(FileTree root) {
    Map<String, List<SurveyedFile>> remains = new LinkedHashMap<>();
    for (SurveyedFile file : root.files()) {
      if (file.regular()) {
        REMAINS.forEach((what, path) -> {
          if (path.matcher(file.path().latin1()).matches()) {
            remains.computeIfAbsent(what, w -> new ArrayList<>()).add(file);
          }
        });
      }
    }
    List<Finding> findings = new ArrayList<>();
    remains.forEach((what, files) -> findings.add(new Finding(
        "H01-remains",
        WARN,
        "Left over from building, " + what + " (" + files.size() + " in all), such as /"
            + files.get(0).path(),
        files.get(0).location(),
        FIX)));
    return findings;
  }

  /** Who pulls the image gets these too; an enclave does not. */
  private static Optional<Finding> hidden(ImageSurvey survey) {
    List<SurveyedFile> hidden = survey.kept().stream()
        .filter(f -> f.program() && BUILDER.test(Program.base(f.path().latin1())))
        .filter(f -> DIRECTORY.test(directory(f.path().latin1())) && !survey.visible(f))
        .toList();
    if (hidden.isEmpty()) {
      return Optional.empty();
    }
    SurveyedFile first = hidden.get(0);
    return Optional.of(new Finding(
        "H01-hidden",
        WARN,
        "Build tools (" + hidden.size()
            + ") are in a lower layer and removed or replaced later, such as /" + first.path(),
        first.location(),
        FIX));
  }
}
