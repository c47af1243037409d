package io.treza.audit;

import java.util.List;

/**
 * What a check came to for a subject, and why.
 *
 * @param result of most weight among {@code judgements}
 * @param judgements what decided it, then what else was seen
 */
public record CheckResult(CheckId check, Result result, List<Judgement> judgements) {
  public CheckResult {
    judgements = List.copyOf(judgements);
  }

  /** How to mend it: what the findings that decided say, or the check itself; empty if nothing. */
  public String fix() {
    if (result == Result.PASS || result == Result.NOT_APPLICABLE) {
      return "";
    }
    return judgements.stream()
        .filter(j -> j.result() == result && !j.finding().fix().isEmpty())
        .map(j -> j.finding().fix())
        .findFirst()
        .orElse(check.fix());
  }
}
