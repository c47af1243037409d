package io.treza.attestation;

import io.treza.attestation.internal.crypto.Providers;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import java.security.Provider;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One verification in which everything is right until a test makes something wrong: the chain, the
 * document, the verifier or the expectation. Whatever else is changed, each certificate is signed
 * by the one before it and the document by the leaf.
 */
final class Trial {
  /** When trials take place and documents are made; a whole second, as certificates count. */
  static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

  static final Provider PROVIDER = Providers.preferred();
  static final DevelopmentRoot ROOT = root(Naming.SIMULATED);

  /** The chain of every trial that says nothing about chains. */
  static final CertificateChain CHAIN = chainUnder(ROOT).build();

  static final Expectation ANYTHING =
      Expectation.acceptAnyMeasurement().withoutNonce().build();

  private final List<Consumer<DocumentBuilder>> documentChanges = new ArrayList<>();
  private final List<Consumer<AttestationVerifier.Builder>> verifierChanges = new ArrayList<>();
  private CertificateChain chain = CHAIN;
  private Function<byte[], TrustAnchor> pin =
      root -> TrustAnchor.development("the trial's root", root);
  private Instant now = NOW;
  private Expectation expectation = ANYTHING;
  private boolean archived;

  /** A root a year old, so that it does not limit what the levels below may say. */
  static DevelopmentRoot root(Naming naming) {
    return DevelopmentRoot.create(naming, InstantSource.fixed(NOW.minus(Duration.ofDays(365))));
  }

  /** Starts a chain whose clock stands at {@link #NOW}. */
  static CertificateChain.Builder chainUnder(DevelopmentRoot root) {
    return CertificateChain.builder(root).clock(InstantSource.fixed(NOW));
  }

  /** Changes the certificate at a level before it is issued. */
  Trial certificate(Level level, Consumer<CertificateBuilder> change) {
    return chain(chainUnder(ROOT).certificate(level, change).build());
  }

  /** Takes another chain, and pins its root. */
  Trial chain(CertificateChain other) {
    chain = other;
    return this;
  }

  /** Changes the document before it is signed; later changes come on top. */
  Trial document(Consumer<DocumentBuilder> change) {
    documentChanges.add(change);
    return this;
  }

  /** Makes of the chain's root the anchor that is trusted; a development root otherwise. */
  Trial pin(Function<byte[], TrustAnchor> newPin) {
    pin = newPin;
    return this;
  }

  /** Changes the verifier's settings. */
  Trial verifier(Consumer<AttestationVerifier.Builder> change) {
    verifierChanges.add(change);
    return this;
  }

  /** Sets the verifier's clock. */
  Trial at(Instant instant) {
    now = instant;
    return this;
  }

  Trial expecting(Expectation other) {
    expectation = other;
    return this;
  }

  /** Audits instead of verifying. */
  Trial archived() {
    archived = true;
    return this;
  }

  byte[] build() {
    DocumentBuilder document = DocumentBuilder.of(chain);
    documentChanges.forEach(change -> change.accept(document));
    return document.build();
  }

  /** A {@link VerificationResult} or, when archived, an {@link AuditResult}. */
  Object judge() {
    AttestationVerifier.Builder builder = AttestationVerifier.builder()
        .trustAnchors(pin.apply(chain.certificates().get(0).der()))
        .cryptoProvider(PROVIDER)
        .clock(InstantSource.fixed(now));
    verifierChanges.forEach(change -> change.accept(builder));
    AttestationVerifier verifier = builder.build();
    return archived ? verifier.audit(build(), expectation) : verifier.verify(build(), expectation);
  }
}
