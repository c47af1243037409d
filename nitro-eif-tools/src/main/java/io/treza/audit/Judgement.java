package io.treza.audit;

import java.util.Optional;

/**
 * A finding, and what it counts as.
 *
 * @param finding as the evidence has it, with its original result
 * @param result what it counts as
 * @param reason why that is another than the original, where a policy or better evidence says so
 */
public record Judgement(Finding finding, Result result, Optional<String> reason) {
  /** One that counts as what it is. */
  public static Judgement of(Finding finding) {
    return new Judgement(finding, finding.result(), Optional.empty());
  }
}
