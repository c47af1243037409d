package io.treza.cli;

import io.treza.attestation.Expectation;
import io.treza.attestation.reference.ReferenceValues;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What evidence must measure to; the one group of options without which nothing is verified. */
final class MeasurementOptions {
  @Option(
      names = "--pcrs",
      paramLabel = "FILE",
      description = {
        "PCRs of an accepted release, as nitro-cli or treza eif printed them, or signed reference",
        "values. Of several files, each counts."
      })
  private List<String> pcrs = List.of();

  @Option(
      names = "--unsigned-pcrs",
      paramLabel = "FILE",
      description = "Reference values that nobody signed, from a place you trust as much.")
  private List<String> unsigned = List.of();

  @Option(names = "--any-measurement", description = "Insecure: accept whatever runs there.")
  private boolean any;

  /**
   * What is accepted, as of a moment or now.
   *
   * @throws IllegalArgumentException if the releases contradict each other
   */
  Expectation.NonceStage expectation(TrustOptions trust, @Nullable Instant at) {
    if (any) {
      return Expectation.acceptAnyMeasurement();
    }
    List<ReferenceValues> releases = new ArrayList<>();
    pcrs.forEach(file -> releases.add(pinned(file, trust, at)));
    unsigned.forEach(file -> releases.add(ValuesFile.own(file)));
    return Expectation.releases(releases);
  }

  private static ReferenceValues pinned(String file, TrustOptions trust, @Nullable Instant at) {
    byte[] bytes = ValuesFile.bytes(file);
    if (ValuesFile.isEnvelope(bytes)) {
      return trust.accepted(file, bytes, at);
    }
    if (ValuesFile.isValues(bytes)) {
      throw new Unusable(file + ": nobody signed these reference values; have them signed, or give"
          + " them as --unsigned-pcrs");
    }
    return ValuesFile.own(file, bytes);
  }
}
