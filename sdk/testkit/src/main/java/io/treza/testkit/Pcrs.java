package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * How a Nitro enclave's platform configuration registers get their values.
 *
 * <p>A register is 48 bytes, zero at first. Source: AWS Nitro Enclaves user guide, "Where to get an
 * enclave's measurements"; the formulas for PCR3 and PCR4 were confirmed on real documents.
 */
public final class Pcrs {
  /** Bytes in a register. */
  public static final int LENGTH = 48;

  private Pcrs() {}

  /** A register nothing was measured into. */
  public static byte[] zero() {
    return new byte[LENGTH];
  }

  /** The register after an extension: SHA-384 of the old value followed by the data. */
  public static byte[] extend(byte[] old, byte[] data) {
    return Digests.sha384(old, data);
  }

  /** PCR3: the ARN of the parent instance's role, with its path, as UTF-8. */
  public static byte[] ofRole(String roleArn) {
    return extend(zero(), roleArn.getBytes(UTF_8));
  }

  /** PCR4: the parent instance's id. */
  public static byte[] ofInstance(String instanceId) {
    return extend(zero(), instanceId.getBytes(US_ASCII));
  }

  /** PCR8: the certificate the EIF was signed with, DER; hashed once more than PCR3 and PCR4. */
  public static byte[] ofSigningCertificate(byte[] der) {
    return extend(zero(), Digests.sha384(der));
  }
}
