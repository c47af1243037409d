package io.treza.attestation;

import static io.treza.attestation.Reason.MEASUREMENT_MISMATCH;
import static io.treza.attestation.Reason.REFERENCE_VALUES_EXPIRED;
import static io.treza.attestation.Reason.REFERENCE_VALUES_UNAVAILABLE;
import static io.treza.attestation.Reason.RELEASE_AUDIT;
import static io.treza.attestation.Reason.RELEASE_REVOKED;
import static io.treza.attestation.Reason.RELEASE_VALIDITY;
import static io.treza.attestation.Reason.SCAN_AGE;

import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.AuditVerdict.Result;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents of releases that reference values do not put in force. */
class ReleaseFaultsTest {
  private static final Instant NOW = Trial.NOW;
  private static final Duration WEEK = Duration.ofDays(7);
  private static final String IMAGE = "sha256:" + "1d".repeat(32);

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(matching(), revoked(), periods(), expiry(), audits(), sources())
        .flatMap(s -> s);
  }

  private static Stream<Fault> matching() {
    return Stream.of(
        fault("of no release", MEASUREMENT_MISMATCH, values(release(2), release(3))),
        fault(
            "PCR0 of one release and the rest of another",
            MEASUREMENT_MISMATCH,
            values(mixed(1, 2), mixed(2, 1))),
        fault(
            "all but a further PCR",
            MEASUREMENT_MISMATCH,
            values(Release.builder(ExpectationFaultsTest.release(1)
                    .pcr(8, ExpectationFaultsTest.value(8))
                    .build())
                .build())));
  }

  private static Stream<Fault> revoked() {
    Release revoked = release(1).withStatus(ReleaseStatus.REVOKED);
    return Stream.of(
        fault("revoked", RELEASE_REVOKED, values(revoked)),
        fault("revoked, and active after it", RELEASE_REVOKED, values(revoked, release(1))),
        fault("revoked, and active before it", RELEASE_REVOKED, values(release(1), revoked)),
        fault(
            "revoked under another name",
            RELEASE_REVOKED,
            values(
                release(1),
                Release.builder(ExpectationFaultsTest.release(1).release("bad").build())
                    .status(ReleaseStatus.REVOKED)
                    .build())),
        fault(
            "revoked before its period began",
            RELEASE_REVOKED,
            values(
                release(1),
                revoked.toBuilder().notBefore(NOW.plusSeconds(60)).build())),
        fault(
            "revoked in another file",
            RELEASE_REVOKED,
            Expectation.releases(List.of(values(release(1)), values(revoked)))),
        new Fault(
            "audit: revoked",
            Step.MEASUREMENTS,
            RELEASE_REVOKED,
            trial -> trial.archived()
                .document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1))
                .expecting(Expectation.releases(values(revoked)).withoutNonce().build())));
  }

  private static Stream<Fault> periods() {
    return Stream.of(
        fault(
            "a second before its period",
            RELEASE_VALIDITY,
            values(change(r -> r.notBefore(NOW.plusSeconds(1))))),
        fault(
            "a second after its period",
            RELEASE_VALIDITY,
            values(change(r -> r.notAfter(NOW.minusSeconds(1))))),
        fault(
            "between two periods",
            RELEASE_VALIDITY,
            values(
                change(r -> r.notAfter(NOW.minusSeconds(1))),
                change(r -> r.notBefore(NOW.plusSeconds(1))))),
        // The release's period is judged at the moment of the document, not now.
        new Fault(
            "audit: signed before the period that it is now in",
            Step.MEASUREMENTS,
            RELEASE_VALIDITY,
            trial -> trial.archived()
                .at(NOW.plusSeconds(3600))
                .document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1))
                .expecting(
                    Expectation.releases(values(change(r -> r.notBefore(NOW.plusSeconds(1800)))))
                        .withoutNonce()
                        .build())));
  }

  private static Stream<Fault> expiry() {
    ReferenceValues expired =
        values(release(1)).toBuilder().expiresAt(NOW).build();
    return Stream.of(
        fault("values that expire now", REFERENCE_VALUES_EXPIRED, expired),
        fault(
            "one of two files expired",
            REFERENCE_VALUES_EXPIRED,
            Expectation.releases(List.of(values(release(1)), expired))),
        // The file's expiry is judged now, whenever the document was signed.
        new Fault(
            "audit: values that expired after the document was signed",
            Step.MEASUREMENTS,
            REFERENCE_VALUES_EXPIRED,
            trial -> trial.archived()
                .at(NOW.plusSeconds(3600))
                .document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1))
                .expecting(Expectation.releases(values(release(1)).toBuilder()
                        .expiresAt(NOW.plusSeconds(1800))
                        .build())
                    .withoutNonce()
                    .build())));
  }

  private static Stream<Fault> audits() {
    return Stream.of(
        audited("no audit", RELEASE_AUDIT, release(1)),
        audited("a check that failed", RELEASE_AUDIT, audited(Result.FAIL, NOW)),
        audited("a check with a warning", RELEASE_AUDIT, audited(Result.WARN, NOW)),
        audited("a check that decided nothing", RELEASE_AUDIT, audited(Result.INCONCLUSIVE, NOW)),
        audited("a check that did not apply", RELEASE_AUDIT, audited(Result.NOT_APPLICABLE, NOW)),
        audited(
            "a check that was not made",
            RELEASE_AUDIT,
            audited(Map.of("H01", Result.PASS), Optional.of(NOW))),
        audited("no scan", SCAN_AGE, audited(passes(), Optional.empty())),
        audited("a scan that is a second too old", SCAN_AGE, audited(Result.PASS, NOW.minus(WEEK).minusSeconds(1))),
        audited("a scan after now", SCAN_AGE, audited(Result.PASS, NOW.plusSeconds(1))));
  }

  private static Stream<Fault> sources() {
    return Stream.of(
        fault(
            "a source without values",
            REFERENCE_VALUES_UNAVAILABLE,
            Expectation.releases(source(() -> {
              throw new ReferenceValuesException(Problem.UNAVAILABLE, "not yet");
            }))),
        fault(
            "a source that fails",
            REFERENCE_VALUES_UNAVAILABLE,
            Expectation.releases(source(() -> {
              throw new IllegalStateException("broken");
            }))),
        fault(
            "a source that cannot refresh",
            MEASUREMENT_MISMATCH,
            Expectation.releases(new ReferenceValuesSource() {
              @Override
              public ReferenceValues current() {
                return values(release(2));
              }

              @Override
              public ReferenceValues refresh() throws ReferenceValuesException {
                throw new ReferenceValuesException(Problem.UNAVAILABLE, "no connection");
              }
            })));
  }

  private interface Answer {
    ReferenceValues get() throws ReferenceValuesException;
  }

  private static ReferenceValuesSource source(Answer answer) {
    return new ReferenceValuesSource() {
      @Override
      public ReferenceValues current() throws ReferenceValuesException {
        return answer.get();
      }

      @Override
      public ReferenceValues refresh() throws ReferenceValuesException {
        return answer.get();
      }
    };
  }

  private static Fault fault(String name, Reason reason, ReferenceValues values) {
    return fault(name, reason, Expectation.releases(values));
  }

  private static Fault fault(String name, Reason reason, Expectation.NonceStage expected) {
    return new Fault(
        "published: " + name,
        Step.MEASUREMENTS,
        reason,
        trial -> trial.document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1))
            .expecting(expected.withoutNonce().build()));
  }

  private static Fault audited(String name, Reason reason, Release release) {
    return new Fault(
        "audited: " + name,
        Step.MEASUREMENTS,
        reason,
        trial -> trial.document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1))
            .expecting(Expectation.releases(values(release))
                .withoutNonce()
                .requireAudit(Set.of("H01", "H07"), WEEK)
                .build()));
  }

  static ReferenceValues values(Release... releases) {
    return ReferenceValues.builder("payments").releases(Arrays.asList(releases)).build();
  }

  static Release release(int n) {
    return Release.builder(ExpectationFaultsTest.release(n).build()).build();
  }

  static Release change(UnaryOperator<Release.Builder> change) {
    return change.apply(release(1).toBuilder()).build();
  }

  private static Release mixed(int pcr0, int rest) {
    return Release.builder(Measurements.builder()
            .release("mixed")
            .pcr(0, ExpectationFaultsTest.value(10 * pcr0))
            .pcr(1, ExpectationFaultsTest.value(10 * rest + 1))
            .pcr(2, ExpectationFaultsTest.value(10 * rest + 2))
            .build())
        .build();
  }

  private static Map<String, Result> passes() {
    return Map.of("H01", Result.PASS, "H07", Result.PASS);
  }

  static Release audited(Result result, Instant scanned) {
    return audited(Map.of("H01", Result.PASS, "H07", result), Optional.of(scanned));
  }

  private static Release audited(Map<String, Result> checks, Optional<Instant> scanned) {
    return change(r -> r.image(new Release.Image("registry.example/payments", IMAGE))
        .audit(new AuditVerdict(
            IMAGE,
            new AuditVerdict.Policy("production", IMAGE),
            scanned.map(time -> new AuditVerdict.Scan("grype", "0.87.0", time)),
            new TreeMap<>(checks))));
  }
}
