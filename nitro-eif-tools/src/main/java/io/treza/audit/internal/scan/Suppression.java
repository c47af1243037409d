package io.treza.audit.internal.scan;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A rule that leaves findings out of the count. */
@FunctionalInterface
interface Suppression {
  /** Where the rule stands and why it is there, if it leaves out this finding in what was scanned. */
  Optional<String> by(Problem problem, Artifact artifact);

  /** One that does not depend on what was scanned. */
  static Suppression of(String by, Predicate<Problem> test) {
    Optional<String> answer = Optional.of(by);
    return (problem, artifact) -> test.test(problem) ? answer : Optional.empty();
  }

  /** Matches by id, whichever of its names the scanner chose. */
  static Predicate<Problem> id(String id) {
    return problem -> id.equals(problem.id()) || problem.aliases().contains(id);
  }

  static Predicate<Problem> path(List<String> globs) {
    return problem -> globs.stream()
        .anyMatch(glob -> problem.part().paths().stream().anyMatch(p -> Glob.matches(glob, p)));
  }

  static Predicate<Problem> purl(List<PackageUrl> purls) {
    return problem -> PackageUrl.parse(problem.part().purl())
        .filter(found -> purls.stream().anyMatch(purl -> purl.covers(found)))
        .isPresent();
  }
}
