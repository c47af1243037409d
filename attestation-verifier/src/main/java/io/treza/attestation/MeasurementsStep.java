package io.treza.attestation;

import io.treza.attestation.Expectation.MeasurementRule;
import io.treza.attestation.reference.Release;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Step 14: the PCRs are those of one accepted release, as a whole set; values of different
 * releases never add up.
 */
final class MeasurementsStep {
  private MeasurementsStep() {}

  /**
   * What matched.
   *
   * @param measurements empty if any is accepted
   * @param release what is published of it, if reference values were expected
   */
  record Match(Optional<Measurements> measurements, Optional<Release> release) {}

  /**
   * Returns what matched.
   *
   * @param now the one reading of the clock
   * @param at the moment that the document is judged as of
   */
  static Match check(AttestationDocument document, Expectation expectation, Instant now, Instant at)
      throws Refusal {
    if (expectation.measurements() instanceof MeasurementRule.Published published) {
      Release release = new PublishedReleases(published.sources(), expectation.audit(), now, at)
          .match(document.pcrs());
      return new Match(Optional.of(release.measurements()), Optional.of(release));
    }
    if (expectation.measurements() instanceof MeasurementRule.OneOf accepted) {
      return new Match(Optional.of(oneOf(document, accepted.releases())), Optional.empty());
    }
    return new Match(Optional.empty(), Optional.empty());
  }

  private static Measurements oneOf(AttestationDocument document, List<Measurements> releases)
      throws Refusal {
    for (Measurements release : releases) {
      if (release.matches(document.pcrs())) {
        return release;
      }
    }
    throw new Refusal(
        Reason.MEASUREMENT_MISMATCH,
        releases.stream().map(Measurements::toString).collect(Collectors.joining(" or ")),
        difference(document, releases));
  }

  /** The document's values of the pinned PCRs that fit no release, or of all if each fits some. */
  private static String difference(AttestationDocument document, List<Measurements> releases) {
    List<Integer> pinned = releases.stream()
        .flatMap(r -> r.pcrs().keySet().stream())
        .distinct()
        .sorted()
        .toList();
    List<Integer> fitNowhere =
        pinned.stream().filter(index -> !fits(document, index, releases)).toList();
    return (fitNowhere.isEmpty() ? pinned : fitNowhere)
        .stream()
            .map(i -> "PCR" + i + "=" + document.pcr(i).map(PcrValue::toString).orElse("absent"))
            .collect(Collectors.joining(" "));
  }

  private static boolean fits(
      AttestationDocument document, Integer index, List<Measurements> releases) {
    Optional<PcrValue> actual = document.pcr(index);
    return releases.stream()
        .anyMatch(r -> actual.equals(Optional.ofNullable(r.pcrs().get(index))));
  }
}
