package io.treza.eif;

import io.treza.eif.internal.PcrHasher;
import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The SHA-384 platform configuration registers an EIF boots with, in lower-case hex.
 *
 * <p>Each is {@code H(48 zero bytes || H(content))}. They do not cover the file's header, its
 * section boundaries or its metadata, so moving bytes from the command line to the first ramdisk
 * changes none of them: compare all three, and the section sizes where that matters.
 *
 * @param pcr0 over kernel, command line and every ramdisk; 96 hex digits
 * @param pcr1 over kernel, command line and the first ramdisk
 * @param pcr2 over every ramdisk but the first; the measurement of nothing if there is one
 * @param pcr8 over the signing certificate, if the image is signed; zeros on hardware if it is not
 */
public record EifMeasurements(String pcr0, String pcr1, String pcr2, Optional<String> pcr8) {
  private static final Pattern SHA384_HEX = Pattern.compile("[0-9a-f]{96}");
  private static final int BUFFER = 1 << 16;

  public EifMeasurements {
    requireSha384("PCR0", pcr0);
    requireSha384("PCR1", pcr1);
    requireSha384("PCR2", pcr2);
    pcr8.ifPresent(hex -> requireSha384("PCR8", hex));
  }

  /** Those of an unsigned image. */
  public EifMeasurements(String pcr0, String pcr1, String pcr2) {
    this(pcr0, pcr1, pcr2, Optional.empty());
  }

  /** Those of the same image signed. */
  public EifMeasurements withPcr8(String hex) {
    return new EifMeasurements(pcr0, pcr1, pcr2, Optional.of(hex));
  }

  /** The register that {@code content} alone gives, as {@code nitro-cli pcr --input} prints it. */
  public static String pcr(Content content) throws IOException {
    MessageDigest digest = PcrHasher.sha384();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = content.open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return PcrHasher.extend(digest.digest());
  }

  /** PCR8 of images signed with {@code certificate}: the register over its DER. */
  public static String pcr8(X509Certificate certificate) {
    try {
      return PcrHasher.extend(PcrHasher.sha384().digest(certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("certificate without an encoding", e);
    }
  }

  /** Register 0, 1, 2 or, if signed, 8 as 48 bytes. */
  public byte[] pcr(int index) {
    String hex = switch (index) {
      case 0 -> pcr0;
      case 1 -> pcr1;
      case 2 -> pcr2;
      case 8 -> pcr8.orElseThrow(() -> new IllegalArgumentException("an unsigned EIF has no PCR8"));
      default ->
        throw new IllegalArgumentException("an EIF determines PCR 0, 1, 2 and 8, not " + index);
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
            "PCR2": "%s"%s
          }
        }""".formatted(
            pcr0, pcr1, pcr2, pcr8.map(",\n    \"PCR8\": \"%s\""::formatted).orElse(""));
  }

  private static void requireSha384(String register, String hex) {
    if (!SHA384_HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          register + " must be 96 lower-case hex digits, not \"" + hex + "\"");
    }
  }
}
