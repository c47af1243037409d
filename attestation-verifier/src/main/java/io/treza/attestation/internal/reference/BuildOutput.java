package io.treza.attestation.internal.reference;

import io.treza.attestation.Measurements;
import io.treza.attestation.internal.Text;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Release;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The measurements of one release as builds print them: <code>{"Measurements": {"PCR0": …}}</code>
 * from {@code nitro-cli} and {@code treza eif}, or the flat <code>{"PCR0": …}</code>; and of {@code
 * treza eif build --json} the digests of what the enclave boots with, {@code BlobDigests}.
 */
final class BuildOutput {
  /** How nitro-cli names SHA-384: the debug form of two versions of a Rust type. */
  private static final Pattern SHA384 = Pattern.compile("(?i)sha-?384.*|sha512_48.*");

  private static final String HASH = "HashAlgorithm";
  private static final String BLOBS = "BlobDigests";

  /** Every register's number by its name. */
  private static final Map<String, Integer> REGISTERS = IntStream.range(0, 32)
      .boxed()
      .collect(Collectors.toUnmodifiableMap(index -> "PCR" + index, index -> index));

  private BuildOutput() {}

  /** Every PCR in it, as the one release of values that never expire. */
  static ReferenceValues read(Fields root, String release) throws ReferenceValuesException {
    Fields values = root.has("Measurements") ? root.object("Measurements") : root;
    if (values.has(HASH) && !SHA384.matcher(values.text(HASH)).matches()) {
      throw new ReferenceValuesException(
          Problem.VALUE,
          HASH + ": Nitro measures with SHA-384, not with " + Text.quoted(values.text(HASH)));
    }
    Map<String, String> blobs = root.has(BLOBS) ? root.object(BLOBS).texts() : Map.of();
    return values.value(() -> ReferenceValues.builder(release)
        .release(Release.builder(pcrs(values, release, HASH)).blobs(blobs).build())
        .build());
  }

  /**
   * The PCRs that are the members of an object.
   *
   * @param besides the one other member there may be
   */
  static Measurements pcrs(Fields values, String release, String besides)
      throws ReferenceValuesException {
    Measurements.Builder measurements = Measurements.builder().release(release);
    for (String name : values.names()) {
      if (name.equals(besides)) {
        continue;
      }
      Integer index = REGISTERS.get(name);
      if (index == null) {
        throw new ReferenceValuesException(
            Problem.FORM, values.at(name) + " is not understood; expected PCR0 to PCR31");
      }
      measurements.pcr(index, values.text(name));
    }
    return measurements.build();
  }
}
