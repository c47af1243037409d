package io.treza.audit;

import java.util.List;
import java.util.Optional;

/**
 * What every check came to for one subject.
 *
 * @param checks in the order of {@link CheckId}
 */
public record SubjectReport(Subject subject, List<CheckResult> checks) {
  public SubjectReport {
    checks = List.copyOf(checks);
  }

  /** What {@code check} came to, if it is one that this kind of subject is asked. */
  public Optional<CheckResult> find(CheckId check) {
    return checks.stream().filter(c -> c.check() == check).findFirst();
  }
}
