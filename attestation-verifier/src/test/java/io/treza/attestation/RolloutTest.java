package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.AuditVerdict.Result;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.attestation.reference.Signer;
import io.treza.attestation.reference.TestKey;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.testkit.DocumentBuilder;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A rollout from the first file to the last, as a relying party lives through it: what it has
 * fetched, what it accepts, and what an attacker between it and the publisher can make it accept.
 */
class RolloutTest {
  private static final Duration LIFETIME = Duration.ofDays(30);
  private static final Duration SCAN_AGE = Duration.ofDays(14);
  private static final TestKey OLD_KEY = TestKey.create(Signer.Algorithm.ES256);
  private static final TestKey NEW_KEY = TestKey.create(Signer.Algorithm.ED25519);

  private Instant now = Trial.NOW;
  private final InstantSource clock = () -> now;
  private Publisher publisher = new Publisher(OLD_KEY);
  private RelyingParty party = new RelyingParty(OLD_KEY);

  @BeforeEach
  void publishTheFirstRelease() throws Exception {
    party.fetch(publisher.publish(release(1)));
  }

  @Test
  void rollsOut() throws Exception {
    assertAccepted(1, ReleaseStatus.ACTIVE);
    assertRefused(2, Reason.MEASUREMENT_MISMATCH);

    // Old and new together.
    byte[] both = publisher.publish(release(1), release(2));
    party.fetch(both);
    assertAccepted(1, ReleaseStatus.ACTIVE);
    assertAccepted(2, ReleaseStatus.ACTIVE);

    // The old one drains: still accepted, and reported.
    party.fetch(publisher.publish(release(1).withStatus(ReleaseStatus.DEPRECATED), release(2)));
    assertAccepted(1, ReleaseStatus.DEPRECATED);
    assertAccepted(2, ReleaseStatus.ACTIVE);

    // The new one alone.
    party.fetch(publisher.publish(release(2)));
    assertRefused(1, Reason.MEASUREMENT_MISMATCH);
    assertAccepted(2, ReleaseStatus.ACTIVE);

    // The old one revoked.
    byte[] revoked = publisher.publish(release(1).withStatus(ReleaseStatus.REVOKED), release(2));
    party.fetch(revoked);
    assertRefused(1, Reason.RELEASE_REVOKED);
    assertAccepted(2, ReleaseStatus.ACTIVE);

    // An attacker serves the file under which the old one was good, still validly signed.
    assertNotFetched(Problem.ROLLBACK, both);
    assertRefused(1, Reason.RELEASE_REVOKED);
  }

  @Test
  void refusesAFileOfAWrongKey() throws Exception {
    Publisher impostor = new Publisher(TestKey.create(Signer.Algorithm.ES256));
    impostor.sequence = 100;
    assertNotFetched(Problem.SIGNATURE, impostor.publish(release(3)));
    // Nor did its number take the place of the publisher's next.
    party.fetch(publisher.publish(release(2)));
    assertAccepted(2, ReleaseStatus.ACTIVE);
  }

  @Test
  void keysChangeByOverlap() throws Exception {
    party = party.trusting(OLD_KEY, NEW_KEY);
    publisher = publisher.signingWith(OLD_KEY, NEW_KEY);
    party.fetch(publisher.publish(release(1)));
    publisher = publisher.signingWith(NEW_KEY);
    party.fetch(publisher.publish(release(2)));
    party = party.trusting(NEW_KEY);
    assertNotFetched(
        Problem.SIGNATURE, publisher.signingWith(OLD_KEY).publish(release(1)));
    party.fetch(publisher.publish(release(2)));
    assertAccepted(2, ReleaseStatus.ACTIVE);
  }

  @Test
  void stopsAcceptingWhenNothingNewIsPublished() throws Exception {
    now = now.plus(LIFETIME).minusSeconds(1);
    byte[] last = publisher.publish(release(1));
    assertAccepted(1, ReleaseStatus.ACTIVE);
    now = now.plusSeconds(1);
    assertRefused(1, Reason.REFERENCE_VALUES_EXPIRED);
    party.fetch(last);
    assertAccepted(1, ReleaseStatus.ACTIVE);
  }

  @Test
  void refusesToFetchAnExpiredFile() throws Exception {
    byte[] file = publisher.publish(release(1));
    now = now.plus(LIFETIME);
    assertNotFetched(Problem.EXPIRED, file);
  }

  @Test
  void stopsAcceptingAReleaseWhoseScanIsTooOld() throws Exception {
    Release scanned = scanned(now);
    party.fetch(publisher.publish(scanned));
    now = now.plus(SCAN_AGE);
    assertInstanceOf(VerifiedAttestation.class, party.judge(1, Set.of("H07")));
    now = now.plusSeconds(1);
    assertEquals(
        Reason.SCAN_AGE,
        assertInstanceOf(Rejection.class, party.judge(1, Set.of("H07"))).reason());
    party.fetch(publisher.publish(scanned(now)));
    assertInstanceOf(VerifiedAttestation.class, party.judge(1, Set.of("H07")));
  }

  /** Signs what it publishes, and counts. */
  private final class Publisher {
    private final Signer[] signers;
    private long sequence;

    Publisher(Signer... signers) {
      this.signers = signers;
    }

    Publisher signingWith(Signer... others) {
      Publisher next = new Publisher(others);
      next.sequence = sequence;
      return next;
    }

    byte[] publish(Release... releases) throws SignatureException {
      sequence++;
      return ReferenceValues.builder("payments")
          .sequence(sequence)
          .issuedAt(now)
          .expiresAt(now.plus(LIFETIME))
          .releases(Arrays.asList(releases))
          .build()
          .sign(signers);
    }
  }

  /** Fetches files and judges documents by the last that it accepted. */
  private final class RelyingParty implements ReferenceValuesSource {
    private final ReferenceValuesVerifier files;
    private final AttestationVerifier documents;
    private Optional<ReferenceValues> accepted = Optional.empty();

    RelyingParty(TestKey... trusted) {
      files = ReferenceValuesVerifier.builder(
              TrustedKeys.of(Arrays.stream(trusted).map(TestKey::publicKey).toList()), "payments")
          .clock(clock)
          .build();
      documents = AttestationVerifier.builder()
          .trustAnchors(TrustAnchor.development("rollout", Trial.ROOT.certificate().der()))
          .clock(clock)
          .build();
    }

    RelyingParty trusting(TestKey... others) {
      RelyingParty next = new RelyingParty(others);
      next.accepted = accepted;
      return next;
    }

    void fetch(byte[] file) throws ReferenceValuesException {
      accepted = Optional.of(files.verify(file).values());
    }

    @Override
    public ReferenceValues current() {
      return accepted.orElseThrow();
    }

    @Override
    public ReferenceValues refresh() {
      return current();
    }

    VerificationResult judge(int release, Set<String> checks) {
      byte[] document = ExpectationFaultsTest.measure(
              DocumentBuilder.of(
                  Trial.chainUnder(Trial.ROOT).clock(InstantSource.fixed(now)).build()),
              release,
              release,
              release)
          .build();
      Expectation.Builder expectation = Expectation.releases(this).withoutNonce();
      return documents.verify(
          document,
          checks.isEmpty()
              ? expectation.build()
              : expectation.requireAudit(checks, SCAN_AGE).build());
    }
  }

  private void assertAccepted(int release, ReleaseStatus status) {
    VerificationResult result = party.judge(release, Set.of());
    Release matched = assertInstanceOf(VerifiedAttestation.class, result, result::toString)
        .release()
        .orElseThrow();
    assertEquals("release " + release, matched.name());
    assertEquals(status, matched.status());
  }

  private void assertRefused(int release, Reason reason) {
    VerificationResult result = party.judge(release, Set.of());
    assertEquals(reason, assertInstanceOf(Rejection.class, result).reason(), result::toString);
  }

  private void assertNotFetched(Problem problem, byte[] file) {
    assertEquals(
        problem,
        assertThrows(ReferenceValuesException.class, () -> party.fetch(file)).problem());
  }

  private static Release release(int n) {
    return Release.builder(ExpectationFaultsTest.release(n).build())
        .image(new Release.Image("registry.example/payments", image(n)))
        .build();
  }

  private static Release scanned(Instant time) {
    return release(1).toBuilder()
        .audit(new AuditVerdict(
            image(1),
            new AuditVerdict.Policy("production", image(0)),
            Optional.of(new AuditVerdict.Scan("grype", "0.87.0", time)),
            new TreeMap<>(Map.of("H07", Result.PASS))))
        .build();
  }

  private static String image(int n) {
    return "sha256:" + String.format(Locale.ROOT, "%02x", n).repeat(32);
  }
}
