package io.treza.eif;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The SHA-384 platform configuration registers an unsigned EIF boots with, in lower-case hex.
 *
 * <p>Each is {@code H(48 zero bytes || H(content))}. They do not cover the file's header, its
 * section boundaries or its metadata, so moving bytes from the command line to the first ramdisk
 * changes none of them: compare all three, and the section sizes where that matters.
 *
 * @param pcr0 over kernel, command line and every ramdisk; 96 hex digits
 * @param pcr1 over kernel, command line and the first ramdisk
 * @param pcr2 over every ramdisk but the first; the measurement of nothing if there is one
 */
public record EifMeasurements(String pcr0, String pcr1, String pcr2) {
  private static final Pattern SHA384_HEX = Pattern.compile("[0-9a-f]{96}");

  public EifMeasurements {
    requireSha384("PCR0", pcr0);
    requireSha384("PCR1", pcr1);
    requireSha384("PCR2", pcr2);
  }

  /** Register 0, 1 or 2 as 48 bytes. */
  public byte[] pcr(int index) {
    String hex = switch (index) {
      case 0 -> pcr0;
      case 1 -> pcr1;
      case 2 -> pcr2;
      default ->
        throw new IllegalArgumentException("an EIF determines PCR 0, 1 and 2, not " + index);
    };
    return HexFormat.of().parseHex(hex);
  }

  /** What {@code nitro-cli build-enclave} prints on standard output, without a final newline. */
  public String toJson() {
    return """
        {
          "Measurements": {
            "HashAlgorithm": "Sha384 { ... }",
            "PCR0": "%s",
            "PCR1": "%s",
            "PCR2": "%s"
          }
        }""".formatted(pcr0, pcr1, pcr2);
  }

  private static void requireSha384(String register, String hex) {
    if (!SHA384_HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          register + " must be 96 lower-case hex digits, not \"" + hex + "\"");
    }
  }
}
