package io.treza.attestation;

import java.util.List;
import java.util.Optional;

/**
 * Why a document was not accepted: one reason, what was expected and what was found, and how far
 * verification had come. For logs and support; never a basis for trust.
 */
public final class Rejection implements VerificationResult, AuditResult {
  private final Reason reason;
  private final String expected;
  private final String found;
  private final List<Step> passed;
  private final Optional<AttestationDocument> document;

  private Rejection(Refusal refusal, List<Step> passed, Optional<AttestationDocument> document) {
    this.reason = refusal.reason();
    this.expected = refusal.expected();
    this.found = refusal.found();
    this.passed = List.copyOf(passed);
    this.document = document;
  }

  static Rejection of(Refusal refusal, List<Step> passed, Optional<AttestationDocument> document) {
    return new Rejection(refusal, passed, document);
  }

  /** The rule that was broken. */
  public Reason reason() {
    return reason;
  }

  /** What the rule demands. */
  public String expected() {
    return expected;
  }

  /** What the document, the chain or the clock had instead. */
  public String found() {
    return found;
  }

  /** The steps that passed before, in order. */
  public List<Step> passed() {
    return passed;
  }

  /**
   * Whether chain and signature had been verified when the rule was broken. If not, anybody may
   * have written the document, and it proves nothing about any enclave.
   */
  public boolean authenticated() {
    return passed.contains(Step.SIGNATURE);
  }

  /** The document as parsed, if it could be parsed. */
  public Optional<AttestationDocument> document() {
    return document;
  }

  /** One line for a person: reason, summary, expected, found. */
  @Override
  public String toString() {
    return reason
        + ": "
        + reason.summary()
        + " (expected "
        + expected
        + "; found "
        + found
        + (authenticated() ? ")" : "; unauthenticated)");
  }
}
