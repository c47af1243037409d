package io.treza.attestation;

import io.treza.attestation.Expectation.NonceRule;
import io.treza.attestation.FormStep.Form;

/**
 * Step 2: a look at the nonce before anything costly. It may only refuse: whatever it lets pass is
 * judged again by {@link BindingsStep} or {@link ChallengeStep} when the document is authentic.
 */
final class NonceLookStep {
  private NonceLookStep() {}

  static void check(Form form, Expectation expectation) throws Refusal {
    if (expectation.nonce() instanceof NonceRule.Exactly exactly) {
      if (form.nonce().offset() < 0 || !form.nonce().holds(form.document(), exactly.nonce())) {
        throw BindingsStep.nonceRefusal(
            exactly.nonce(), form.nonce().offset() < 0 ? null : form.nonce().of(form.document()));
      }
    } else if (expectation.nonce() instanceof NonceRule.Outstanding outstanding) {
      byte[] nonce = form.nonce().offset() < 0 ? new byte[0] : form.nonce().of(form.document());
      ChallengeStep.require(outstanding, store -> store.look(nonce, outstanding.purpose()));
    }
  }
}
