package io.treza.audit.internal.scan;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What leaves findings out of the count: VEX documents and ignore files, only those that were given.
 *
 * @param rules in the order given; the first that matches counts
 * @param remarks what was given and does not apply, each a clause
 */
public record Suppressions(List<Suppression> rules, List<String> remarks) {
  public Suppressions {
    rules = List.copyOf(rules);
    remarks = List.copyOf(remarks);
  }

  public static Suppressions none() {
    return new Suppressions(List.of(), List.of());
  }

  /**
   * Reads them all.
   *
   * @param now decides which rules have expired
   * @throws io.treza.audit.AuditException if one is malformed or has a field that is not known
   */
  public static Suppressions read(List<Path> vex, List<Path> ignoreFiles, Instant now)
      throws IOException {
    List<Suppression> rules = new ArrayList<>();
    List<String> remarks = new ArrayList<>();
    if (!vex.isEmpty()) {
      rules.add(OpenVex.read(vex, remarks));
    }
    for (Path file : ignoreFiles) {
      IgnoreFile.read(file, now, rules, remarks);
    }
    return new Suppressions(rules, remarks);
  }

  /** By what a finding is left out; empty if by nothing. */
  Optional<String> find(Problem problem, Artifact artifact) {
    return rules.stream().flatMap(rule -> rule.by(problem, artifact).stream()).findFirst();
  }
}
