package io.treza.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.attestation.reference.AuditVerdict;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/** Parts of an audit's report in the words of reference values. */
public final class AuditVerdicts {
  private AuditVerdicts() {}

  /**
   * A policy. Its file is called by the file's digest; what is built in has no file, and gets the
   * digest of its name.
   *
   * @param name {@code default}, or {@code sha256:…}
   */
  public static AuditVerdict.Policy policy(String name) {
    if (name.startsWith("sha256:")) {
      return new AuditVerdict.Policy("file", name);
    }
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(UTF_8));
      return new AuditVerdict.Policy(name, "sha256:" + HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has SHA-2", e);
    }
  }

  /**
   * A scan.
   *
   * @param scanner name and version, for example {@code Trivy 0.60.0}
   */
  public static AuditVerdict.Scan scan(String scanner, Instant time) {
    int space = scanner.lastIndexOf(' ');
    return space < 1
        ? new AuditVerdict.Scan(scanner, "unknown", time)
        : new AuditVerdict.Scan(scanner.substring(0, space), scanner.substring(space + 1), time);
  }
}
