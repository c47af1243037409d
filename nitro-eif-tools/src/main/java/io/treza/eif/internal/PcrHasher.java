package io.treza.eif.internal;

import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSection;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Computes PCR0, PCR1 and PCR2 from the sections of an EIF, told in file order.
 *
 * <p>AWS Nitro Enclaves User Guide, "Enclave measurements"; a register is {@code H(48 zero bytes ||
 * H(content))} with SHA-384.
 */
public final class PcrHasher {
  private final MessageDigest image = sha384();
  private final MessageDigest boot = sha384();
  private final MessageDigest application = sha384();
  private boolean firstRamdiskSeen;

  /** The digests that the data of the next section goes into. */
  public List<MessageDigest> section(EifSection.Type type) {
    switch (type) {
      case KERNEL, CMDLINE -> {
        return List.of(image, boot);
      }
      case RAMDISK -> {
        MessageDigest second = firstRamdiskSeen ? application : boot;
        firstRamdiskSeen = true;
        return List.of(image, second);
      }
      default -> {
        return List.of();
      }
    }
  }

  /** The registers, once every section has been read. */
  public EifMeasurements finish() {
    return new EifMeasurements(
        extend(image.digest()), extend(boot.digest()), extend(application.digest()));
  }

  /** A register, in hex, that was extended once, from zero, with {@code digest}. */
  public static String extend(byte[] digest) {
    MessageDigest register = sha384();
    register.update(new byte[register.getDigestLength()]);
    return HexFormat.of().formatHex(register.digest(digest));
  }

  /** A hasher of the kind every register uses. */
  public static MessageDigest sha384() {
    try {
      return MessageDigest.getInstance("SHA-384");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has SHA-384", e);
    }
  }
}
