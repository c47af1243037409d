package io.treza.attestation;

import static io.treza.attestation.ReleaseFaultsTest.audited;
import static io.treza.attestation.ReleaseFaultsTest.change;
import static io.treza.attestation.ReleaseFaultsTest.release;
import static io.treza.attestation.ReleaseFaultsTest.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.AuditVerdict.Result;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which release a document is accepted as, and when a source is asked again. */
class ReleaseTest {
  private static final Instant NOW = Trial.NOW;
  private static final Duration WEEK = Duration.ofDays(7);

  private static Object judge(Expectation.Builder expected) {
    return new Trial()
        .document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1))
        .expecting(expected.build())
        .judge();
  }

  private static Release accepted(Expectation.Builder expected) {
    VerifiedAttestation verified =
        assertInstanceOf(VerifiedAttestation.class, judge(expected), () -> "refused");
    Release release = verified.release().orElseThrow();
    assertEquals(Optional.of(release.measurements()), verified.measurements());
    return release;
  }

  private static Release accepted(ReferenceValues values) {
    return accepted(Expectation.releases(values).withoutNonce());
  }

  @Test
  void bareMeasurementsHaveNoRelease() {
    Expectation.Builder pinned =
        Expectation.measurements(ExpectationFaultsTest.release(1).build()).withoutNonce();
    assertEquals(
        Optional.empty(),
        assertInstanceOf(VerifiedAttestation.class, judge(pinned)).release());
  }

  @Test
  void tellsWhatIsPublishedOfTheRelease() {
    Release published = audited(Result.PASS, NOW);
    assertEquals(published, accepted(values(release(2), published, release(3))));
  }

  @Test
  void tellsThatADeprecatedReleaseIs() {
    Release deprecated = release(1).withStatus(ReleaseStatus.DEPRECATED);
    assertEquals(deprecated, accepted(values(deprecated)));
    assertEquals(release(1), accepted(values(deprecated, release(1))));
  }

  @Test
  void acceptsTheFirstAndTheLastMomentOfAPeriod() {
    accepted(values(change(r -> r.notBefore(NOW).notAfter(NOW))));
  }

  @Test
  void takesAPeriodThatFitsWhereTheFirstDoesNot() {
    Release next = change(r -> r.notBefore(NOW));
    assertEquals(next, accepted(values(change(r -> r.notAfter(NOW.minusSeconds(1))), next)));
  }

  @Test
  void acceptsAScanOfExactlyTheAge() {
    accepted(Expectation.releases(values(audited(Result.PASS, NOW.minus(WEEK))))
        .withoutNonce()
        .requireAudit(Set.of("H01", "H07"), WEEK));
  }

  @Test
  void ignoresResultsThatNobodyRequires() {
    accepted(Expectation.releases(values(audited(Result.FAIL, NOW)))
        .withoutNonce()
        .requireAudit(Set.of("H01"), WEEK));
  }

  @Test
  void acceptsReleasesOfSeveralFiles() {
    assertEquals(
        release(1),
        accepted(Expectation.releases(List.of(values(release(2)), values(release(1))))
            .withoutNonce()));
  }

  /** In the order in which it is asked; fails if it is asked more often. */
  private static final class Scripted implements ReferenceValuesSource {
    private final List<String> calls = new ArrayList<>();
    private final Iterator<ReferenceValues> answers;

    Scripted(ReferenceValues... answers) {
      this.answers = List.of(answers).iterator();
    }

    @Override
    public ReferenceValues current() {
      calls.add("current");
      return answers.next();
    }

    @Override
    public ReferenceValues refresh() throws ReferenceValuesException {
      calls.add("refresh");
      if (!answers.hasNext()) {
        throw new ReferenceValuesException(Problem.UNAVAILABLE, "no connection");
      }
      return answers.next();
    }
  }

  @Test
  void asksNothingOfTheOriginWhenTheDocumentFits() {
    Scripted source = new Scripted(values(release(1)));
    accepted(Expectation.releases(source).withoutNonce());
    assertEquals(List.of("current"), source.calls);
  }

  @Test
  void refreshesOnceWhenADeploymentHasJustChanged() {
    Scripted source = new Scripted(values(release(2)), values(release(1), release(2)));
    accepted(Expectation.releases(source).withoutNonce());
    assertEquals(List.of("current", "refresh"), source.calls);
  }

  @Test
  void refreshesOnceAndNoMoreWhenTheDocumentStillDoesNotFit() {
    Scripted source = new Scripted(values(release(2)), values(release(3)), values(release(1)));
    assertInstanceOf(Rejection.class, judge(Expectation.releases(source).withoutNonce()));
    assertEquals(List.of("current", "refresh"), source.calls);
  }

  @Test
  void refreshesWhenItsValuesHaveExpired() {
    ReferenceValues expired = values(release(1)).toBuilder().expiresAt(NOW).build();
    Scripted source = new Scripted(expired, values(release(1)));
    accepted(Expectation.releases(source).withoutNonce());
  }

  @Test
  void doesNotAskAgainAboutARevokedRelease() {
    Scripted source = new Scripted(values(release(1).withStatus(ReleaseStatus.REVOKED)));
    assertInstanceOf(Rejection.class, judge(Expectation.releases(source).withoutNonce()));
    assertEquals(List.of("current"), source.calls);
  }

  @Test
  void keepsRefusalsShortHoweverManyReleasesThereAre() {
    Release[] many = IntStream.range(2, 2000)
        .mapToObj(n -> Release.builder(Measurements.builder()
                .release("release " + n)
                .pcr(0, "%096x".formatted(n))
                .pcr(1, "%096x".formatted(n))
                .pcr(2, "%096x".formatted(n))
                .build())
            .build())
        .toArray(Release[]::new);
    Rejection rejection = assertInstanceOf(
        Rejection.class, judge(Expectation.releases(values(many)).withoutNonce()));
    assertEquals("a release of payments, sequence 0, 1998 releases", rejection.expected());
    assertTrue(rejection.found().startsWith("PCR0=0a0a"), rejection.found());
  }
}
