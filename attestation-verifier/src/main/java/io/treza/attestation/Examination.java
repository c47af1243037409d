package io.treza.attestation;

import io.treza.attestation.FieldsStep.Evidence;
import io.treza.attestation.FormStep.Form;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One verification or audit: takes the steps in order and keeps how far it came. */
final class Examination {
  /** Which question is asked. */
  enum Mode {
    /** Does this enclave run now? */
    LIVE,
    /** Was this document genuine when it was signed? */
    ARCHIVED
  }

  private final Settings settings;
  private final Expectation expectation;
  private final Mode mode;
  private final Instant now;
  private final List<Step> passed = new ArrayList<>(Step.values().length);
  private Optional<AttestationDocument> parsed = Optional.empty();

  Examination(Settings settings, Expectation expectation, Mode mode, Instant now) {
    this.settings = settings;
    this.expectation = expectation;
    this.mode = mode;
    this.now = now;
  }

  /** Takes every step, or throws the refusal of the first that rejects. */
  Attested examine(byte[] received) throws Refusal {
    Form form = take(Step.FORM, () -> FormStep.check(received, settings.limits()));
    run(Step.NONCE_LOOK, () -> NonceLookStep.check(form, expectation));
    Evidence evidence = take(Step.FIELDS, () -> FieldsStep.read(form, settings.limits()));
    AttestationDocument document = evidence.document();
    parsed = Optional.of(document);

    Chain chain = authenticate(form, evidence);
    Identity identity = take(Step.IDENTITY, () -> IdentityStep.check(document, chain));
    run(Step.FRESHNESS, () -> checkTime(document));

    run(Step.DEBUG_MODE, () -> DebugModeStep.check(document, expectation));
    MeasurementsStep.Match match = take(
        Step.MEASUREMENTS, () -> MeasurementsStep.check(document, expectation, now, at(document)));
    run(Step.BINDINGS, () -> BindingsStep.check(document, expectation));
    run(Step.ORIGIN, () -> OriginStep.check(document, identity, expectation));
    if (mode == Mode.LIVE) {
      run(Step.CHALLENGE, () -> ChallengeStep.check(document, expectation));
    }
    return new Attested(document, chain.anchor(), identity, match, List.copyOf(passed));
  }

  /** From here on the document's content is the enclave's. */
  private Chain authenticate(Form form, Evidence evidence) throws Refusal {
    AttestationDocument document = evidence.document();
    Instant at = at(document);
    Chain chain =
        take(Step.ANCHOR, () -> AnchorStep.build(document, settings.anchors(), settings.links()));
    run(Step.CERTIFICATE_PROFILE, () -> CertificateProfileStep.check(chain));
    run(Step.CERTIFICATE_NAMES, () -> CertificateNamesStep.check(chain));
    run(
        Step.CERTIFICATE_VALIDITY,
        () -> CertificateValidityStep.check(chain, at, settings.clockSkew()));
    run(Step.DENY_LIST, () -> DenyListStep.check(chain, settings.denied()));
    PublicKey leafKey = take(
        Step.CERTIFICATE_SIGNATURES,
        () -> CertificateSignaturesStep.check(chain, settings.ecdsa(), settings.links()));
    run(
        Step.SIGNATURE,
        () -> SignatureStep.check(form, evidence.payload(), leafKey, settings.ecdsa()));
    return chain;
  }

  /** The moment that the document is judged as of. */
  private Instant at(AttestationDocument document) {
    return mode == Mode.LIVE ? now : document.timestamp();
  }

  private void checkTime(AttestationDocument document) throws Refusal {
    FreshnessStep.notFromTheFuture(document, now, settings.clockSkew());
    if (mode == Mode.LIVE) {
      FreshnessStep.notOld(document, now, settings.maxAge());
    }
  }

  /** The refusal, with how far the examination came. */
  Rejection rejection(Refusal refusal) {
    return Rejection.of(refusal, passed, parsed);
  }

  private interface Check<T> {
    T take() throws Refusal;
  }

  private interface Rule {
    void run() throws Refusal;
  }

  private <T> T take(Step step, Check<T> check) throws Refusal {
    T result = check.take();
    passed.add(step);
    return result;
  }

  private void run(Step step, Rule rule) throws Refusal {
    rule.run();
    passed.add(step);
  }
}
