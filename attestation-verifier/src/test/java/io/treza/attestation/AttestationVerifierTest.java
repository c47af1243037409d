package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Pcrs;
import java.security.Provider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;

/** The verifier as a whole: what it returns, whom it tells, what it remembers between calls. */
class AttestationVerifierTest {
  private static final byte[] GOOD = new Trial()
      .document(d -> d.nonce(new byte[] {1}).userData(new byte[] {2}).publicKey(new byte[] {3}))
      .build();
  private static final byte[] DEBUG =
      new Trial().document(d -> d.pcr(0, Pcrs.zero())).build();

  private static AttestationVerifier.Builder builder() {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("root", Trial.ROOT.certificate().der()))
        .cryptoProvider(Trial.PROVIDER)
        .clock(() -> Trial.NOW);
  }

  @Test
  void verifiedAttestationSaysWhatWasVerified() throws AttestationRejectedException {
    VerifiedAttestation verified = builder().build().verifyOrThrow(GOOD, Trial.ANYTHING);
    assertEquals(Trial.CHAIN.moduleId(), verified.moduleId());
    assertEquals(Trial.CHAIN.instanceId(), verified.instanceId());
    assertEquals("us-east-1", verified.region());
    assertEquals(verified.document().pcrs(), verified.pcrs());
    assertArrayEquals(GOOD, verified.document().toByteArray());
    assertArrayEquals(new byte[] {2}, verified.userData().orElseThrow());
    assertArrayEquals(new byte[] {3}, verified.publicKey().orElseThrow());
    assertEquals(Optional.empty(), verified.measurements());
    assertEquals("root", verified.anchor().name());
    assertEquals(List.of(Step.values()), verified.steps());
    assertEquals(Trial.NOW, verified.verifiedAt());
  }

  @Test
  void auditedAttestationSaysWhenItWasSigned() throws AttestationRejectedException {
    Instant later = Trial.NOW.plus(Duration.ofDays(99));
    AuditedAttestation audited =
        builder().clock(() -> later).build().auditOrThrow(GOOD, Trial.ANYTHING);
    assertEquals(Trial.NOW, audited.signedAt());
    assertEquals(Trial.CHAIN.moduleId(), audited.moduleId());
    assertEquals(Trial.CHAIN.instanceId(), audited.instanceId());
    assertEquals("us-east-1", audited.region());
    assertEquals("root", audited.anchor().name());
    assertFalse(audited.steps().contains(Step.CHALLENGE));
  }

  @Test
  void namesTheReleaseThatMatched() throws AttestationRejectedException {
    Measurements first = ExpectationFaultsTest.release(1).build();
    Measurements second = ExpectationFaultsTest.release(2).build();
    byte[] document =
        new Trial().document(d -> ExpectationFaultsTest.measure(d, 2, 2, 2)).build();
    Expectation expectation =
        Expectation.measurements(List.of(first, second)).withoutNonce().build();
    assertEquals(
        Optional.of(second),
        builder().build().verifyOrThrow(document, expectation).measurements());
  }

  @Test
  void throwingVariantsThrowTheRejection() {
    AttestationVerifier verifier = builder().build();
    assertEquals(
        Reason.DEBUG_MODE,
        assertThrows(
                AttestationRejectedException.class,
                () -> verifier.verifyOrThrow(DEBUG, Trial.ANYTHING))
            .rejection()
            .reason());
    assertEquals(
        Reason.DEBUG_MODE,
        assertThrows(
                AttestationRejectedException.class,
                () -> verifier.auditOrThrow(DEBUG, Trial.ANYTHING))
            .rejection()
            .reason());
  }

  @Test
  void rejectionSaysReasonExpectedFoundAndRemedy() {
    Rejection rejection =
        assertInstanceOf(Rejection.class, builder().build().verify(DEBUG, Trial.ANYTHING));
    assertTrue(rejection.authenticated());
    assertEquals("PCR0 zero", rejection.found());
    assertEquals(Trial.CHAIN.moduleId(), rejection.document().orElseThrow().moduleId());
    assertEquals(
        "DEBUG_MODE: the enclave runs in debug mode: its memory is open and nothing was measured"
            + " (expected PCR0, PCR1 and PCR2 measured; found PCR0 zero)",
        rejection.toString());
    Rejection unread =
        assertInstanceOf(Rejection.class, builder().build().verify(new byte[] {0}, Trial.ANYTHING));
    assertEquals(List.of(), unread.passed());
    assertEquals(Optional.empty(), unread.document());
    assertTrue(unread.toString().endsWith("; unauthenticated)"), unread.toString());
  }

  @Test
  void everyReasonHasASummaryAndARemedy() {
    for (Reason reason : Reason.values()) {
      assertFalse(reason.summary().isBlank(), reason.name());
      assertTrue(reason.remedy().endsWith("."), reason.name());
    }
  }

  @Test
  void tellsListenerOnceOfEachOutcome() {
    List<Optional<Reason>> told = new ArrayList<>();
    AttestationVerifier verifier = builder()
        .listener((rejected, elapsed) -> {
          assertFalse(elapsed.isNegative());
          told.add(rejected);
        })
        .build();
    verifier.verify(GOOD, Trial.ANYTHING);
    verifier.verify(DEBUG, Trial.ANYTHING);
    verifier.audit(GOOD, Trial.ANYTHING);
    verifier.audit(new byte[0], Trial.ANYTHING);
    assertEquals(
        List.of(
            Optional.empty(),
            Optional.of(Reason.DEBUG_MODE),
            Optional.empty(),
            Optional.of(Reason.MALFORMED_CBOR)),
        told);
  }

  @Test
  void failingListenerChangesNoVerdict() {
    AttestationVerifier verifier = builder()
        .listener((rejected, elapsed) -> {
          throw new IllegalStateException("metrics are down");
        })
        .build();
    assertInstanceOf(VerifiedAttestation.class, verifier.verify(GOOD, Trial.ANYTHING));
    assertInstanceOf(Rejection.class, verifier.verify(DEBUG, Trial.ANYTHING));
  }

  @Test
  void cachedLinksAreStillJudgedOnValidity() {
    AtomicReference<Instant> now = new AtomicReference<>(Trial.NOW);
    AttestationVerifier verifier =
        builder().clock(now::get).maxAge(Duration.ofDays(2)).build();
    assertInstanceOf(VerifiedAttestation.class, verifier.verify(GOOD, Trial.ANYTHING));
    now.set(Trial.CHAIN.leaf().validity().notAfter());
    assertInstanceOf(VerifiedAttestation.class, verifier.verify(GOOD, Trial.ANYTHING));
    now.set(Trial.CHAIN.leaf().validity().notAfter().plusMillis(1));
    assertEquals(
        Reason.CERTIFICATE_EXPIRED, ((Rejection) verifier.verify(GOOD, Trial.ANYTHING)).reason());
  }

  @Test
  void cachedLinksSayNothingAboutTheDocumentsSignature() {
    AttestationVerifier verifier = builder().build();
    verifier.verify(GOOD, Trial.ANYTHING);
    byte[] forged = new Trial()
        .document(d -> d.signer(Trial.CHAIN.withNewLeaf().leaf().keys().getPrivate()))
        .build();
    assertEquals(
        Reason.DOCUMENT_SIGNATURE, ((Rejection) verifier.verify(forged, Trial.ANYTHING)).reason());
  }

  @Test
  void cacheTakesNoLinkWhoseSignatureFailed() {
    CertificateChain forged = Trial.chainUnder(Trial.ROOT)
        .certificate(Level.REGIONAL, c -> c.signingKey(Trial.CHAIN.leaf().keys().getPrivate()))
        .build();
    byte[] document = DocumentBuilder.of(forged).build();
    AttestationVerifier verifier = builder().build();
    for (int i = 0; i < 2; i++) {
      assertEquals(
          Reason.CERTIFICATE_SIGNATURE,
          ((Rejection) verifier.verify(document, Trial.ANYTHING)).reason());
    }
  }

  @Test
  void smallOrNoCacheChangesNoVerdict() {
    CertificateChain other = Trial.CHAIN.withNewInstance();
    byte[] second = DocumentBuilder.of(other).build();
    for (int capacity = 0; capacity < 6; capacity++) {
      AttestationVerifier verifier = builder().cacheCapacity(capacity).build();
      for (int i = 0; i < 3; i++) {
        assertInstanceOf(VerifiedAttestation.class, verifier.verify(GOOD, Trial.ANYTHING));
        assertInstanceOf(VerifiedAttestation.class, verifier.verify(second, Trial.ANYTHING));
      }
    }
  }

  @Test
  void manyThreadsGetTheSameVerdicts() throws Exception {
    AttestationVerifier verifier = builder().cacheCapacity(3).build();
    List<byte[]> documents = List.of(
        GOOD,
        DEBUG,
        DocumentBuilder.of(Trial.CHAIN.withNewInstance()).build(),
        DocumentBuilder.of(Trial.CHAIN.withNewEnclave()).build());
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<VerificationResult>> futures = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        byte[] document = documents.get(i % documents.size());
        futures.add(executor.submit(() -> verifier.verify(document, Trial.ANYTHING)));
      }
      for (int i = 0; i < futures.size(); i++) {
        VerificationResult result = futures.get(i).get();
        assertEquals(i % documents.size() != 1, result instanceof VerifiedAttestation);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void worksWithTheProviderItIsGiven() {
    AttestationVerifier verifier =
        builder().cryptoProvider(new BouncyCastleProvider()).build();
    assertEquals("BC", verifier.cryptoProvider());
    assertInstanceOf(VerifiedAttestation.class, verifier.verify(GOOD, Trial.ANYTHING));
    byte[] corrupted = GOOD.clone();
    corrupted[corrupted.length - 1] ^= 1;
    assertEquals(
        Reason.DOCUMENT_SIGNATURE,
        ((Rejection) verifier.verify(corrupted, Trial.ANYTHING)).reason());
  }

  @Test
  void refusesAProviderWithoutEcdsaWhenItIsBuilt() {
    Provider none = new Provider("none", "1", "no services") {};
    AttestationVerifier.Builder builder = builder().cryptoProvider(none);
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void anyOfSeveralAnchorsIsEnoughAndItIsNamed() throws AttestationRejectedException {
    TrustAnchor mine = TrustAnchor.development("mine", Trial.ROOT.certificate().der());
    AttestationVerifier verifier = builder()
        .trustAnchors(List.of(TrustAnchor.awsCommercial(), TrustAnchor.awsGovCloud(), mine))
        .build();
    assertSame(mine, verifier.verifyOrThrow(GOOD, Trial.ANYTHING).anchor());
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    AttestationVerifier.Builder builder = AttestationVerifier.builder();
    Duration negative = Duration.ofMillis(-1);
    assertThrows(IllegalArgumentException.class, () -> builder.trustAnchors(List.of()));
    assertThrows(IllegalArgumentException.class, () -> builder.maxAge(negative));
    assertThrows(IllegalArgumentException.class, () -> builder.clockSkew(negative));
    assertThrows(IllegalArgumentException.class, () -> builder.maxDocumentBytes(0));
    assertThrows(IllegalArgumentException.class, () -> builder.maxCertificates(0));
    assertThrows(IllegalArgumentException.class, () -> builder.cacheCapacity(-1));
  }
}
