package io.treza.attestation;

import io.treza.attestation.Expectation.NonceRule;
import io.treza.attestation.internal.Text;
import java.util.Objects;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Step 17, the last: the challenge is consumed, atomically. A document that fails any other step
 * leaves it outstanding.
 */
final class ChallengeStep {
  private static final Logger LOG = LoggerFactory.getLogger(ChallengeStep.class);

  private ChallengeStep() {}

  static void check(AttestationDocument document, Expectation expectation) throws Refusal {
    if (expectation.nonce() instanceof NonceRule.Outstanding outstanding) {
      byte[] nonce = document.nonce().orElse(new byte[0]);
      require(outstanding, store -> store.consume(nonce, outstanding.purpose()));
    }
  }

  /** Refuses unless the store answers that the challenge is outstanding. */
  static void require(
      NonceRule.Outstanding rule, Function<ChallengeStore, ChallengeStatus> question)
      throws Refusal {
    ChallengeStatus status;
    try {
      status = Objects.requireNonNull(question.apply(rule.store()), "the store's answer");
    } catch (RuntimeException e) {
      LOG.warn("Challenge store failed; the document is refused", e);
      throw new Refusal(
          Reason.CHALLENGE_STORE_FAILED,
          "an answer from the store",
          e.getClass().getSimpleName());
    }
    switch (status) {
      case OUTSTANDING -> {}
      case UNKNOWN -> throw refusal(Reason.CHALLENGE_UNKNOWN, rule, "none that is known");
      case OTHER_PURPOSE -> throw refusal(Reason.CHALLENGE_PURPOSE, rule, "one for another");
      case EXPIRED -> throw refusal(Reason.CHALLENGE_EXPIRED, rule, "an expired one");
      case CONSUMED -> throw refusal(Reason.CHALLENGE_CONSUMED, rule, "a consumed one");
    }
  }

  private static Refusal refusal(Reason reason, NonceRule.Outstanding rule, String found) {
    return new Refusal(
        reason, "an outstanding challenge for " + Text.quoted(rule.purpose()), found);
  }
}
