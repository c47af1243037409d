package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of compilers, build drivers and package managers of languages, and where they come from. */
final class BuildTools {
  /** Packages of Linux distributions that are for building. */
  private static final Pattern PACKAGE = Pattern.compile(
      "gcc(-?[0-9.]+)?|gcc-(c\\+\\+|go|gfortran)|g\\+\\+(-[0-9.]+)?|clang(-?[0-9.]+)?|llvm(-?[0-9.]+)?"
          + "|lld|gfortran|make|gmake|cmake[0-9]*|ninja(-build)?|samurai|meson|autoconf|automake"
          + "|libtool(-bin)?|bison|flex|nasm|yasm|binutils|build-base|build-essential|alpine-sdk"
          + "|abuild|base-devel|dpkg-dev|linux-headers.*|kernel-(headers|devel).*"
          + "|pkg-?config|pkgconf(-pkg-config)?|.+-(dev|devel|headers)|.+-devel-.+|lib.+-dev-.+"
          + "|musl-tools"
          + "|go|golang(-[0-9].*|-go|-bin)?|rust|rustc|cargo|rustup|maven|gradle|ant|sbt"
          + "|openjdk-?[0-9]+(-jdk.*)?|openjdk-[0-9]+-jdk.*|default-jdk.*|jdk.*|java-.+-devel"
          + "|npm|nodejs-npm|yarn(pkg)?|pnpm|(py3|python[0-9.]*)-(pip|setuptools|wheel)|pipx?|poetry"
          + "|dotnet-sdk-.+|ghc|cabal(-install)?|stack|composer|(ruby-)?bundler|node-gyp|swiftlang"
          + "|@?development[- ]tools|@?\"?development tools\"?|patchelf|nodejs-dev|uv");

  /** What runs under a name, and the packages that would bring it. */
  private record Tool(Pattern name, Pattern packages) {
    static Tool of(String name, String packages) {
      return new Tool(Pattern.compile(name), Pattern.compile(packages));
    }
  }

  private static final String COMPILERS =
      "gcc.*|g\\+\\+.*|clang.*|build-.*|alpine-sdk|base-devel|.*development[- ]tools.*|musl-dev"
          + "|libc6?-dev|make|gmake";

  private static final List<Tool> TOOLS = List.of(
      Tool.of(
          "(x86_64-.*|aarch64-.*)?(gcc|g\\+\\+|cc|c\\+\\+|clang|clang\\+\\+)(-[0-9]+)?", COMPILERS),
      Tool.of("make|gmake", COMPILERS),
      Tool.of("configure|autoreconf|automake|autoconf", COMPILERS + "|auto.*"),
      Tool.of("cmake3?|ninja|meson", "cmake.*|ninja.*|samurai|meson|" + COMPILERS),
      Tool.of("go|xx-go", "go|golang.*"),
      Tool.of("cargo|rustc|rustup", "rust.*|cargo"),
      Tool.of(
          "javac|mvn|mvnw|gradle|gradlew|ant|sbt|lein|mill",
          "maven|gradle|ant|sbt|.*jdk.*|java-.*"),
      Tool.of("npm|npx|yarn|pnpm|corepack|node-gyp|tsc", "npm|nodejs.*|yarn.*|pnpm"),
      Tool.of("bun", "bun"),
      Tool.of("pip[0-9.]*|pipenv|poetry|pipx|uv|pdm", ".*-pip|pipx?|poetry|python.*|py3-.*|uv"),
      Tool.of("bundle|bundler|gem", "ruby.*|.*bundler"),
      Tool.of(
          "composer|phpize|pecl|docker-php-ext-install", "composer|php.*|autoconf|" + COMPILERS),
      Tool.of("dotnet|msbuild|nuget", "dotnet-sdk-.*"),
      Tool.of(
          "swift|stack|cabal|ghc|mix|rebar3|dart|flutter|zig|nim|crystal|bazel|bazelisk",
          "ghc|" + "cabal.*|stack|elixir|erlang|dart|bazel|zig"));

  private static final Pattern ANY_TOOL =
      Pattern.compile(TOOLS.stream().map(t -> t.name.pattern()).collect(Collectors.joining("|")));

  /** Programs that are something else too, and build only with these words after them. */
  private static final Map<String, Set<String>> ONLY_WITH = Map.of(
      "dotnet", Set.of("build", "publish", "restore", "test", "tool", "add", "pack", "msbuild"),
      "bun", Set.of("install", "i", "add", "build"),
      "swift", Set.of("build", "package"),
      "dart", Set.of("pub", "compile"),
      "uv", Set.of("pip", "sync", "add", "venv", "tool", "run"));

  /** Tools that scripts from the network install, by what the command has in it. */
  private static final Map<Pattern, String> DOWNLOADS = Map.of(
      Pattern.compile("sh\\.rustup\\.rs|rustup-init"), "rustup",
      Pattern.compile("(golang\\.org|go\\.dev|google\\.com/go|golang)[^ ]*/go[^ ]*\\.tar\\.gz"),
          "go",
      Pattern.compile("nvm-sh/nvm|creationix/nvm"), "npm",
      Pattern.compile("deb\\.nodesource\\.com|rpm\\.nodesource\\.com"), "npm",
      Pattern.compile("get-pip\\.py|bootstrap\\.pypa\\.io"), "pip",
      Pattern.compile("apache-maven-[^ ]*\\.tar|/maven/maven-[0-9]"), "mvn",
      Pattern.compile("services\\.gradle\\.org|gradle-[^ ]*-bin\\.zip"), "gradle",
      Pattern.compile("getcomposer\\.org"), "composer",
      Pattern.compile("get\\.sdkman\\.io"), "sdkman",
      Pattern.compile("astral\\.sh/uv|install\\.python-poetry\\.org"), "uv or poetry");

  /** Paths that are a tool, or have one in them. */
  private static final Pattern TOOL_PATH =
      Pattern.compile("/usr/local/(go|cargo|rustup)(/bin)?|/usr/(local/)?lib/node_modules(/npm)?"
          + "|(/root|/home/[^/]+|~)/(\\.cargo|\\.rustup|\\.nvm|\\.sdkman)(/bin)?"
          + "|/usr/share/(maven|gradle)|/opt/(maven|gradle|apache-maven.*)"
          + "|/usr/lib/jvm(/[^/]*jdk[^/]*)?|/opt/(java/openjdk|jdk[^/]*)|/usr/share/dotnet/sdk"
          + "|/usr/lib/gcc(/.*)?");

  /** Directories that hold most of a system. */
  private static final Set<String> WHOLE =
      Set.of("/", "/usr", "/usr/local", "/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin");

  /** Longer words are no names of anything, and would cost time to look at. */
  static final int LONGEST = 500;

  private BuildTools() {}

  static boolean isBuildPackage(String name) {
    return name.length() <= LONGEST
        && PACKAGE.matcher(name.toLowerCase(Locale.ROOT)).matches();
  }

  /** Whether {@code command} is a build tool at work. */
  static boolean builds(ShellScript.Command command) {
    String program = command.program();
    Set<String> words = ONLY_WITH.get(program);
    if (words != null) {
      return command.args().stream().anyMatch(words::contains);
    }
    return isTool(program);
  }

  static boolean isTool(String program) {
    return program.length() <= LONGEST && ANY_TOOL.matcher(program).matches();
  }

  /** Whether a package of this name would bring the tool. */
  static boolean brings(String packageName, String program) {
    return TOOLS.stream()
        .filter(t -> t.name.matcher(program).matches())
        .anyMatch(t -> t.packages.matcher(packageName).matches());
  }

  /** Whether it is a language's own package manager, which bases have without being asked. */
  static boolean isManager(String program) {
    return program.matches("npm|npx|yarn|pnpm|corepack|pip[0-9.]*|gem|bundle|bundler|uv|poetry");
  }

  static Optional<String> downloaded(String word) {
    if (!word.contains(".") || word.length() > LONGEST) {
      return Optional.empty();
    }
    return DOWNLOADS.entrySet().stream()
        .filter(e -> e.getKey().matcher(word).find())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  static boolean isToolPath(String path) {
    if (path.length() > LONGEST) {
      return false;
    }
    int slash = path.lastIndexOf('/');
    boolean program = slash > 0 && path.substring(0, slash).endsWith("bin");
    return TOOL_PATH.matcher(path).matches() || (program && isTool(path.substring(slash + 1)));
  }

  static boolean isWhole(String path) {
    return WHOLE.contains(path);
  }
}
