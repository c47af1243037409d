package io.treza.audit;

import java.util.List;

/**
 * What a check came to for a subject, and why.
 *
 * @param result of most weight among {@code judgements}
 * @param inEnclave whether it matters inside the enclave that the audit was for
 * @param judgements what decided it, then what else was seen
 */
public record CheckResult(
    CheckId check, Result result, InEnclave inEnclave, List<Judgement> judgements) {
  public CheckResult {
    judgements = List.copyOf(judgements);
  }

  /**
   * How to mend it, or have it decided: what the findings that decided say, or for what is wrong
   * the check itself; empty if there is nothing to do.
   */
  public String fix() {
    if (result.compareTo(Result.PASS) <= 0) {
      return "";
    }
    return judgements.stream()
        .filter(j -> j.result() == result && !j.finding().fix().isEmpty())
        .map(j -> j.finding().fix())
        .findFirst()
        .orElse(result == Result.INCONCLUSIVE ? "" : check.fix());
  }
}
