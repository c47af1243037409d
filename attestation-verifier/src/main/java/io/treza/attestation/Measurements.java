package io.treza.attestation;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one release of an enclave image must measure to: PCR0, PCR1 and PCR2, and any further PCR
 * worth pinning. Immutable.
 *
 * <p>All three are needed: PCR0 alone does not say where the kernel ends and the ramdisks begin.
 * Take the values from the build that made the image, never from the host that runs it.
 */
public final class Measurements {
  private final String release;
  private final SortedMap<Integer, PcrValue> pcrs;

  private Measurements(String release, SortedMap<Integer, PcrValue> pcrs) {
    this.release = release;
    this.pcrs = pcrs;
  }

  /**
   * The three measurements of an image, as {@code nitro-cli} and {@code treza eif} print them.
   *
   * @param pcr0 whole image, 96 hexadecimal digits
   * @param pcr1 kernel and first ramdisk, 96 hexadecimal digits
   * @param pcr2 the other ramdisks, 96 hexadecimal digits
   * @throws IllegalArgumentException if one is empty, short, not hexadecimal, or zero
   */
  public static Measurements of(String pcr0, String pcr1, String pcr2) {
    return builder().pcr(0, pcr0).pcr(1, pcr1).pcr(2, pcr2).build();
  }

  /** Starts an empty set. */
  public static Builder builder() {
    return new Builder();
  }

  /** What the release is called, or "" if it was not named. */
  public String release() {
    return release;
  }

  /** Every pinned PCR by index. Unmodifiable. */
  public SortedMap<Integer, PcrValue> pcrs() {
    return pcrs;
  }

  /** Whether every pinned PCR has its value in {@code actual}, whatever else there is. */
  public boolean matches(Map<Integer, PcrValue> actual) {
    return actual.entrySet().containsAll(pcrs.entrySet());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Measurements that
        && release.equals(that.release)
        && pcrs.equals(that.pcrs);
  }

  @Override
  public int hashCode() {
    return Objects.hash(release, pcrs);
  }

  /** The release's name, if it has one, and every pinned PCR. */
  @Override
  public String toString() {
    String values = pcrs.entrySet().stream()
        .map(pcr -> "PCR" + pcr.getKey() + "=" + pcr.getValue())
        .collect(Collectors.joining(" "));
    return release.isEmpty() ? values : release + ": " + values;
  }

  /** Collects the PCRs of one release. */
  public static final class Builder {
    private String release = "";
    private final SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();

    private Builder() {}

    /** Names the release, so that results can say which one matched. */
    public Builder release(String name) {
      release = Objects.requireNonNull(name);
      return this;
    }

    /** Pins a PCR to 96 hexadecimal digits. */
    public Builder pcr(int index, String hex) {
      PcrValue value;
      try {
        value = PcrValue.ofHex(hex);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("PCR" + index + ": " + e.getMessage(), e);
      }
      return pcr(index, value);
    }

    /**
     * Pins a PCR.
     *
     * @throws IllegalArgumentException if the index is not 0 to 31, was pinned already, or the
     *     value is not a SHA-384 value or is zero: a zero PCR is what debug mode shows
     */
    public Builder pcr(int index, PcrValue value) {
      if (index < 0 || index > 31) {
        throw new IllegalArgumentException("PCR" + index + ": there are PCR0 to PCR31");
      }
      if (value.length() != PcrValue.SHA384_BYTES) {
        throw new IllegalArgumentException(
            "PCR" + index + ": expected 48 bytes of SHA-384, found " + value.length());
      }
      if (value.isZero()) {
        throw new IllegalArgumentException(
            "PCR" + index + " is zero, which pins nothing; take the value that the build printed");
      }
      if (pcrs.putIfAbsent(index, value) != null) {
        throw new IllegalArgumentException("PCR" + index + " is given twice");
      }
      return this;
    }

    /**
     * The set.
     *
     * @throws IllegalArgumentException if PCR0, PCR1 or PCR2 is missing
     */
    public Measurements build() {
      for (int index = 0; index <= 2; index++) {
        if (!pcrs.containsKey(index)) {
          throw new IllegalArgumentException(
              "PCR" + index + " is missing; PCR0, PCR1 and PCR2 must all be pinned");
        }
      }
      return new Measurements(release, Collections.unmodifiableSortedMap(new TreeMap<>(pcrs)));
    }
  }
}
