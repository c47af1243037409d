package io.treza.platform;

import io.treza.attestation.PcrValue;
import io.treza.eif.EifMeasurements;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An enclave image as this side built it: what evidence of its enclave is held against, whatever is
 * written beside the enclave where others can write.
 *
 * @param sha256 of the file, 64 lower-case hexadecimal digits
 * @param pcrs what it boots with: PCR0, PCR1, PCR2 and, if it is signed, PCR8
 */
public record BuiltImage(String sha256, SortedMap<Integer, PcrValue> pcrs) {
  private static final int PCR_BYTES = 48;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  public BuiltImage {
    if (!SHA256.matcher(sha256).matches()) {
      throw new IllegalArgumentException("a SHA-256 is 64 hexadecimal digits, not " + sha256);
    }
    pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    if (pcrs.headMap(3).size() != 3) {
      throw new IllegalArgumentException(
          "an enclave image has at least PCR0, PCR1 and PCR2, not only " + pcrs.keySet());
    }
  }

  /** One that was just measured. */
  public static BuiltImage of(String sha256, EifMeasurements measured) {
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    pcrs.put(0, PcrValue.ofHex(measured.pcr0()));
    pcrs.put(1, PcrValue.ofHex(measured.pcr1()));
    pcrs.put(2, PcrValue.ofHex(measured.pcr2()));
    measured.pcr8().ifPresent(pcr8 -> pcrs.put(8, PcrValue.ofHex(pcr8)));
    return new BuiltImage(sha256, pcrs);
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static BuiltImage ofText(String text) {
    String[] words = text.split(" ", -1);
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    for (int i = 1; i < words.length; i++) {
      String[] pcr = words[i].split("=", 2);
      if (pcr.length != 2) {
        throw new IllegalArgumentException("expected a register and =, not " + words[i]);
      }
      pcrs.put(Integer.valueOf(pcr[0]), PcrValue.ofHex(pcr[1]));
    }
    return new BuiltImage(words[0], pcrs);
  }

  /** For stores: the digest, and after a space each {@code register=value}. */
  public String text() {
    return sha256
        + pcrs.entrySet().stream()
            .map(pcr -> " " + pcr.getKey() + "=" + pcr.getValue())
            .collect(Collectors.joining());
  }

  /** What its documents show in debug mode: zeros (AWS Nitro Enclaves user guide, "Debug mode"). */
  public SortedMap<Integer, PcrValue> pcrs(boolean debugMode) {
    if (!debugMode) {
      return pcrs;
    }
    SortedMap<Integer, PcrValue> zeros = new TreeMap<>(pcrs);
    zeros.replaceAll((index, value) -> PcrValue.of(new byte[PCR_BYTES]));
    return Collections.unmodifiableSortedMap(zeros);
  }
}
