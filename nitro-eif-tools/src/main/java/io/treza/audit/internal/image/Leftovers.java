package io.treza.audit.internal.image;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Counts files that a build context leaves in layers where no .dockerignore kept them out. */
final class Leftovers {
  /** What dependencies bring along is theirs, and no file of the context. */
  private static final Pattern OTHERS = Pattern.compile(
      "(?:^|/)(?:node_modules|site-packages|dist-packages|vendor|gems|pkg/mod|\\.m2|\\.cargo)/"
          + "|^(?:usr/(?:share|lib|lib64|include|src|libexec)|usr/local/(?:lib|share|go|include)|lib"
          + "|nix/store|proc|sys)/");

  /** A kind of such files. */
  enum Kind {
    GIT("the history of the source (.git)", "(?:^|/)\\.git/.+", ".git/"),
    CACHE(
        "caches of build tools (node_modules/.cache)",
        "(?:^|/)node_modules/\\.cache/.+",
        "node_modules/.cache/"),
    SOURCE_MAP("source maps (*.js.map)", "\\.(?:js|mjs|cjs|css)\\.map$", ".map"),
    TEST(
        "tests",
        "(?:^|/)(?:__tests__|__mocks__)/.+|\\.(?:spec|test)\\.[cm]?[jt]sx?$|(?:^|/)test_[^/]+\\.py$"
            + "|_test\\.(?:go|py)$|(?:^|/)src/test/.+",
        "__tests__/",
        "__mocks__/",
        ".spec.",
        ".test.",
        "test_",
        "_test.",
        "src/test/"),
    RECIPE(
        "build files (Dockerfile, .dockerignore, compose file, .github)",
        "(?:^|/)(?:Dockerfile(?:\\.[^/]+)?|\\.dockerignore|\\.gitignore|docker-compose[^/]*\\.ya?ml"
            + "|\\.github/.+|\\.gitlab-ci\\.yml)$",
        "Dockerfile",
        ".dockerignore",
        ".git",
        "docker-compose");

    private final String words;
    private final Pattern path;
    // Every path that matches has one of these in it.
    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> parts;

    Kind(String words, String path, String... parts) {
      this.words = words;
      this.path = Pattern.compile(path);
      this.parts = List.of(parts);
    }

    String words() {
      return words;
    }

    private boolean has(String file) {
      return parts.stream().anyMatch(file::contains) && path.matcher(file).find();
    }
  }

  /** How many files of a kind there are, and the first of them. */
  record Seen(int count, SurveyedFile first) {}

  private final Map<Kind, Seen> seen = new EnumMap<>(Kind.class);

  /** Looks at a member of any layer. */
  void see(SurveyedFile file) {
    String path = file.path().latin1();
    if (file.directory() || path.isEmpty()) {
      return;
    }
    for (Kind kind : Kind.values()) {
      if (kind.has(path)) {
        if (kind == Kind.CACHE || !OTHERS.matcher(path).find()) {
          seen.merge(kind, new Seen(1, file), (a, b) -> new Seen(a.count + 1, a.first));
        }
        return;
      }
    }
  }

  /** The kinds that there are files of. */
  Map<Kind, Seen> seen() {
    return seen;
  }
}
