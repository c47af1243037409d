package io.treza.attestation;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Step 14: the PCRs are those of one accepted release, as a whole set; values of different
 * releases never add up.
 */
final class MeasurementsStep {
  private MeasurementsStep() {}

  /** Returns the release that matched; empty if any measurement is accepted. */
  static Optional<Measurements> check(AttestationDocument document, Expectation expectation)
      throws Refusal {
    List<Measurements> releases = expectation.releases();
    if (releases.isEmpty()) {
      return Optional.empty();
    }
    for (Measurements release : releases) {
      if (release.match(document.pcrs())) {
        return Optional.of(release);
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
