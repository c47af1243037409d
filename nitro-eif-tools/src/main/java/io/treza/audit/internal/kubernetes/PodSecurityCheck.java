package io.treza.audit.internal.kubernetes;

import io.treza.audit.PodSecurity.Level;
import java.util.List;
import java.util.Optional;

/**
 * A check of the Pod Security Standards.
 *
 * @param id as in Kubernetes
 * @param level the lowest that has it; the one above has it too unless one of its checks in force
 *     replaces it
 * @param replaces the check of the level below that this one makes redundant
 * @param revisions its rules in order of the version since which they are in force
 */
record PodSecurityCheck(
    String id, Level level, Optional<String> replaces, List<Revision> revisions) {
  PodSecurityCheck {
    revisions = List.copyOf(revisions);
  }

  /** What a version of the check forbids. */
  interface Rule {
    void apply(Pod pod, Report report) throws WrongType;
  }

  /** Takes what a rule forbids. */
  interface Report {
    void add(Field field, String message);
  }

  /** A rule in force since {@code v1.minor}. */
  record Revision(int minor, Rule rule) {}

  /** The rule in force in {@code v1.minor}. */
  Optional<Rule> rule(int minor) {
    Optional<Rule> rule = Optional.empty();
    for (Revision revision : revisions) {
      if (revision.minor <= minor) {
        rule = Optional.of(revision.rule);
      }
    }
    return rule;
  }
}
