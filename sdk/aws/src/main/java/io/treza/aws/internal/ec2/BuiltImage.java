package io.treza.aws.internal.ec2;

import io.treza.attestation.PcrValue;
import io.treza.eif.EifMeasurements;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of an enclave image once it is built, and read again from its instance's tags.
 *
 * @param sha256 of the file, in hexadecimal
 * @param pcrs what it boots with: PCR0, PCR1, PCR2 and, if it is signed, PCR8
 */
record BuiltImage(String sha256, SortedMap<Integer, PcrValue> pcrs) {
  private static final int BITS = 384;

  BuiltImage {
    pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
  }

  static BuiltImage of(String sha256, EifMeasurements measured) {
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    pcrs.put(0, PcrValue.ofHex(measured.pcr0()));
    pcrs.put(1, PcrValue.ofHex(measured.pcr1()));
    pcrs.put(2, PcrValue.ofHex(measured.pcr2()));
    measured.pcr8().ifPresent(pcr8 -> pcrs.put(8, PcrValue.ofHex(pcr8)));
    return new BuiltImage(sha256, pcrs);
  }

  /** Empty if the tags lack the digest or one of the first three registers. */
  static Optional<BuiltImage> of(Map<String, String> tags) {
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    tags.forEach((name, value) -> {
      if (name.matches(Tags.PCR + "[0-9]{1,2}") && value.matches("[0-9a-f]{" + BITS / 4 + "}")) {
        pcrs.put(Integer.parseInt(name.substring(Tags.PCR.length())), PcrValue.ofHex(value));
      }
    });
    String sha256 = tags.getOrDefault(Tags.IMAGE, "");
    return sha256.matches("[0-9a-f]{64}") && pcrs.headMap(3).size() == 3
        ? Optional.of(new BuiltImage(sha256, pcrs))
        : Optional.empty();
  }

  void writeTo(Map<String, String> tags) {
    tags.put(Tags.IMAGE, sha256);
    pcrs.forEach((index, value) -> tags.put(Tags.PCR + index, value.toString()));
  }

  /** What its documents show in debug mode: zeros (AWS Nitro Enclaves user guide, "Debug mode"). */
  SortedMap<Integer, PcrValue> pcrs(boolean debugMode) {
    if (!debugMode) {
      return pcrs;
    }
    SortedMap<Integer, PcrValue> zeros = new TreeMap<>(pcrs);
    zeros.replaceAll((index, value) -> PcrValue.of(new byte[BITS / 8]));
    return Collections.unmodifiableSortedMap(zeros);
  }
}
