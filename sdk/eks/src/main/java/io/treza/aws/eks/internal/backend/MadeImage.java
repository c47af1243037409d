package io.treza.aws.eks.internal.backend;

import io.treza.attestation.PcrValue;
import io.treza.eif.EifMeasurements;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of an enclave once its image was built and is in the registry.
 *
 * @param podImage {@code repository@sha256:...}
 * @param pcrs what it boots with: PCR0, PCR1, PCR2 and, if it is signed, PCR8
 */
public record MadeImage(String podImage, SortedMap<Integer, PcrValue> pcrs) {
  private static final int PCR_BYTES = 48;

  public MadeImage {
    pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
  }

  /** Of an image that was built here. */
  public static MadeImage of(String podImage, EifMeasurements measured) {
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    pcrs.put(0, PcrValue.ofHex(measured.pcr0()));
    pcrs.put(1, PcrValue.ofHex(measured.pcr1()));
    pcrs.put(2, PcrValue.ofHex(measured.pcr2()));
    measured.pcr8().ifPresent(pcr8 -> pcrs.put(8, PcrValue.ofHex(pcr8)));
    return new MadeImage(podImage, pcrs);
  }

  /** What its documents show in debug mode: zeros (AWS Nitro Enclaves user guide, "Debug mode"). */
  SortedMap<Integer, PcrValue> pcrs(boolean debugMode) {
    if (!debugMode) {
      return pcrs;
    }
    SortedMap<Integer, PcrValue> zeros = new TreeMap<>(pcrs);
    zeros.replaceAll((index, value) -> PcrValue.of(new byte[PCR_BYTES]));
    return Collections.unmodifiableSortedMap(zeros);
  }
}
