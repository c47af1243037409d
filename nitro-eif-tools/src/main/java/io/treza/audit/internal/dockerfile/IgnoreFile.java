package io.treza.audit.internal.dockerfile;

import io.treza.audit.AuditException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * A .dockerignore, read and applied as Docker does when it sends a build context
 * (moby/patternmatcher and its ignorefile; tonistiigi/fsutil).
 *
 * @param name as found
 */
record IgnoreFile(String name, List<IgnorePattern> patterns, IgnorePattern.Steps steps) {
  /**
   * What came of matching a path.
   *
   * @param excluded whether it is kept out
   * @param patterns that have matched it or a directory above it, by their index
   */
  record Match(boolean excluded, BitSet patterns) {
    static final Match ROOT = new Match(false, new BitSet());
  }

  IgnoreFile {
    patterns = List.copyOf(patterns);
  }

  /** Finds the file that BuildKit would use: one named after the Dockerfile, or the context's. */
  static Optional<IgnoreFile> find(BuildInput input) throws AuditException {
    Path dockerfile = input.dockerfile();
    Path own = dockerfile.resolveSibling(dockerfile.getFileName() + ".dockerignore");
    Optional<Path> file = Files.isRegularFile(own)
        ? Optional.of(own)
        : input.context().map(c -> c.resolve(".dockerignore")).filter(Files::isRegularFile);
    return file.isPresent()
        ? Optional.of(parse(file.get().toString(), DockerfileAudit.read(file.get())))
        : Optional.empty();
  }

  /**
   * Parses the file's bytes.
   *
   * @throws AuditException naming the line of a pattern that Docker would refuse
   */
  static IgnoreFile parse(String name, byte[] bytes) throws AuditException {
    List<IgnorePattern> patterns = new ArrayList<>();
    String text = new String(bytes, StandardCharsets.UTF_8);
    String[] lines = (text.startsWith("\ufeff") ? text.substring(1) : text).split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (lines[i].length() > Limits.LINE) {
        throw new AuditException(name + ":" + (i + 1) + ": the line is longer than " + Limits.LINE
            + " characters, which Docker refuses; shorten the pattern");
      }
      String line = Characters.trim(lines[i]);
      if (lines[i].startsWith("#") || line.isEmpty()) {
        continue;
      }
      if (patterns.size() == Limits.PATTERNS) {
        throw new AuditException(name + ":" + (i + 1) + ": more than " + Limits.PATTERNS
            + " patterns, which no honest file has; write fewer, with wildcards");
      }
      boolean negated = line.startsWith("!");
      String pattern = clean(negated ? Characters.trim(line.substring(1)) : line);
      try {
        if (pattern.isEmpty() || (negated && pattern.equals("/"))) {
          throw new SyntaxException("a ! has no pattern after it; add one");
        }
        patterns.add(IgnorePattern.of(pattern, negated, i + 1));
      } catch (SyntaxException e) {
        throw new AuditException(name + ":" + (i + 1) + ": " + e.getMessage());
      }
    }
    return new IgnoreFile(name, patterns, new IgnorePattern.Steps(Limits.MATCHING));
  }

  /** The shortest form of a pattern: without {@code .}, {@code ..}, double and outer slashes. */
  private static String clean(String pattern) {
    if (pattern.isEmpty()) {
      return pattern;
    }
    boolean rooted = pattern.startsWith("/");
    List<String> parts = new ArrayList<>();
    for (String part : pattern.split("/")) {
      boolean up = part.equals("..");
      if (up && !parts.isEmpty() && !parts.get(parts.size() - 1).equals("..")) {
        parts.remove(parts.size() - 1);
      } else if (!part.isEmpty() && !part.equals(".") && !(up && rooted)) {
        parts.add(part);
      }
    }
    String clean = String.join("/", parts);
    return clean.isEmpty() ? rooted ? "/" : "." : clean;
  }

  boolean negates() {
    return patterns.stream().anyMatch(IgnorePattern::negated);
  }

  /** Matches a path, given what came of the directory it is in. */
  Match match(String path, Match parent) {
    BitSet matched = new BitSet();
    boolean excluded = false;
    for (int i = 0; i < patterns.size(); i++) {
      IgnorePattern pattern = patterns.get(i);
      boolean matches = parent.patterns.get(i);
      // Docker does not try a pattern that could change nothing, and so does not remember that it
      // would have matched.
      if (!matches && pattern.negated() == excluded) {
        matches = pattern.matches(path, steps);
      }
      if (matches) {
        matched.set(i);
        excluded = !pattern.negated();
      }
    }
    return new Match(excluded, matched);
  }

  /** Whether a path below the context's root is kept out. */
  boolean excludes(String path) {
    Match match = Match.ROOT;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      match = match(path.substring(0, slash), match);
    }
    return match(path, match).excluded();
  }
}
