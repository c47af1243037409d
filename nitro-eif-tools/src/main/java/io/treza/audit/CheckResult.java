package io.treza.audit;

import java.util.List;

/**
 * What a check came to for a subject, and why.
 *
 * @param result of most weight among {@code findings}, as a policy may have changed them
 * @param findings what decided it and what else was seen
 */
public record CheckResult(CheckId check, Result result, List<Finding> findings) {
  public CheckResult {
    findings = List.copyOf(findings);
  }
}
