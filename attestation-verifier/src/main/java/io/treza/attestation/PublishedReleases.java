package io.treza.attestation;

import io.treza.attestation.Expectation.AuditRule;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of step 14 that judges by reference values: finds the release and decides whether it is
 * in force. A revocation counts more than anything else that is said of the same measurements.
 *
 * @param now the one reading of the clock, which the values' own expiry is judged by
 * @param at the moment that the document is judged as of, which the release's period and scan are
 *     judged by
 */
record PublishedReleases(
    List<ReferenceValuesSource> sources, Optional<AuditRule> audit, Instant now, Instant at) {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedReleases.class);

  private interface Question {
    ReferenceValues ask(ReferenceValuesSource source) throws ReferenceValuesException;
  }

  /** The release in force that these registers are of; asks the sources to refresh at most once. */
  Release match(Map<Integer, PcrValue> pcrs) throws Refusal {
    List<ReferenceValues> current =
        answers(ReferenceValuesSource::current).orElseThrow(() -> unavailable());
    try {
      return judge(pcrs, current);
    } catch (Refusal refusal) {
      // Newer values may know more releases and scans, but nothing brings a revoked one back.
      Optional<List<ReferenceValues>> newer = refusal.reason() == Reason.RELEASE_REVOKED
          ? Optional.empty()
          : answers(ReferenceValuesSource::refresh);
      return judge(pcrs, newer.orElseThrow(() -> refusal));
    }
  }

  private Optional<List<ReferenceValues>> answers(Question question) {
    List<ReferenceValues> answers = new ArrayList<>();
    try {
      for (ReferenceValuesSource source : sources) {
        answers.add(Objects.requireNonNull(question.ask(source), "the source's answer"));
      }
      return Optional.of(answers);
    } catch (ReferenceValuesException | RuntimeException e) {
      LOG.warn("A source of reference values could not answer", e);
      return Optional.empty();
    }
  }

  private static Refusal unavailable() {
    return new Refusal(
        Reason.REFERENCE_VALUES_UNAVAILABLE, "reference values from their source", "none");
  }

  private Release judge(Map<Integer, PcrValue> pcrs, List<ReferenceValues> all) throws Refusal {
    for (ReferenceValues values : all) {
      if (values.hasExpired(now)) {
        throw new Refusal(
            Reason.REFERENCE_VALUES_EXPIRED,
            values + " before " + values.expiresAt(),
            "it is " + now);
      }
    }
    List<Release> matching = all.stream()
        .flatMap(values -> values.matching(pcrs).stream())
        .sorted(Comparator.comparing(Release::status))
        .toList();
    if (matching.isEmpty()) {
      throw mismatch(pcrs, all);
    }
    if (matching.get(0).status() == ReleaseStatus.REVOKED) {
      throw new Refusal(
          Reason.RELEASE_REVOKED, "a release in force", matching.get(0).name());
    }
    return inForce(matching);
  }

  /** The first of {@code matching} that is, or the refusal of the first. */
  private Release inForce(List<Release> matching) throws Refusal {
    Optional<Refusal> first = Optional.empty();
    for (Release release : matching) {
      try {
        requireValid(release);
        if (audit.isPresent()) {
          requireAudit(release, audit.get());
        }
        return release;
      } catch (Refusal refusal) {
        first = first.or(() -> Optional.of(refusal));
      }
    }
    throw first.orElseThrow();
  }

  private void requireValid(Release release) throws Refusal {
    boolean early = release.notBefore().filter(at::isBefore).isPresent();
    boolean late = release.notAfter().filter(at::isAfter).isPresent();
    if (early || late) {
      throw new Refusal(
          Reason.RELEASE_VALIDITY,
          release.name()
              + release.notBefore().map(time -> " from " + time).orElse("")
              + release.notAfter().map(time -> " until " + time).orElse(""),
          at.toString());
    }
  }

  private void requireAudit(Release release, AuditRule rule) throws Refusal {
    Optional<AuditVerdict> verdict = release.audit();
    List<String> missed = rule.passed().stream()
        .filter(check -> verdict.filter(v -> v.passed(check)).isEmpty())
        .toList();
    if (!missed.isEmpty()) {
      throw new Refusal(
          Reason.RELEASE_AUDIT,
          release.name() + " with a pass of " + String.join(", ", rule.passed()),
          verdict
              .map(v -> missed.stream()
                  .map(check -> check + " "
                      + Optional.ofNullable(v.checks().get(check))
                          .map(Enum::name)
                          .orElse("not checked"))
                  .collect(Collectors.joining(", ")))
              .orElse("no audit"));
    }
    Optional<Instant> scanned = verdict.flatMap(AuditVerdict::scan).map(AuditVerdict.Scan::time);
    if (scanned.isEmpty() || !isRecent(scanned.get(), rule.maxScanAge())) {
      throw new Refusal(
          Reason.SCAN_AGE,
          release.name() + " scanned within " + rule.maxScanAge() + " before " + at,
          scanned.map(Instant::toString).orElse("no scan"));
    }
  }

  /** A time after now is a mistake that would never grow old. */
  private boolean isRecent(Instant scanned, Duration maxAge) {
    return !scanned.isAfter(now) && Duration.between(scanned, at).compareTo(maxAge) <= 0;
  }

  private static Refusal mismatch(Map<Integer, PcrValue> pcrs, List<ReferenceValues> all) {
    return new Refusal(
        Reason.MEASUREMENT_MISMATCH,
        "a release of "
            + all.stream().map(ReferenceValues::toString).collect(Collectors.joining(" or of ")),
        pcrs.entrySet().stream()
            .filter(pcr -> pcr.getKey() <= 2)
            .map(pcr -> "PCR" + pcr.getKey() + "=" + pcr.getValue())
            .collect(Collectors.joining(" ")));
  }
}
