package io.treza.attestation.reference;

import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.reference.AuditVerdict.Result;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reference values for tests: one complete file, and any number of random ones. */
public final class Samples {
  static final Instant ISSUED = Instant.parse("2026-01-10T08:00:00Z");
  static final Instant EXPIRES = Instant.parse("2026-04-10T08:00:00Z");
  static final String IMAGE = "sha256:" + "1d".repeat(32);

  private Samples() {}

  /** A file of one release of which everything is known. */
  public static ReferenceValues complete() {
    return ReferenceValues.builder("payments")
        .sequence(42)
        .issuedAt(ISSUED)
        .expiresAt(EXPIRES)
        .release(release().build())
        .build();
  }

  static String completeJson() {
    return text(complete().toJson());
  }

  static Measurements measurements() {
    return Measurements.builder()
        .release("v1.2.3")
        .pcr(0, "a0".repeat(48))
        .pcr(1, "a1".repeat(48))
        .pcr(2, "a2".repeat(48))
        .pcr(8, "a8".repeat(48))
        .build();
  }

  static Release.Builder release() {
    return Release.builder(measurements())
        .notBefore(ISSUED)
        .notAfter(EXPIRES)
        .eif(new Release.Eif("e2".repeat(32), "e3".repeat(48)))
        .image(new Release.Image("registry.example/payments", IMAGE))
        .audit(audit())
        .source(new Release.Source(
            "https://github.com/example/payments",
            "c0".repeat(20),
            Optional.of(".github/workflows/release.yml")))
        .blobs(Map.of("kernel", "sha256:" + "b1".repeat(32), "init", "sha256:" + "b2".repeat(32)));
  }

  static AuditVerdict audit() {
    return new AuditVerdict(
        IMAGE,
        new AuditVerdict.Policy("production", "sha256:" + "90".repeat(32)),
        Optional.of(new AuditVerdict.Scan("grype", "0.87.0", ISSUED)),
        new TreeMap<>(Map.of("H01", Result.PASS, "H07", Result.PASS, "E18", Result.WARN)));
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Values of every form that the model allows. */
  static ReferenceValues random(Random random) {
    Instant issued = time(random);
    ReferenceValues.Builder builder = ReferenceValues.builder(line(random))
        .sequence(random.nextLong() & ReferenceValues.MAX_SEQUENCE)
        .issuedAt(issued)
        .expiresAt(issued.plusSeconds(1 + random.nextInt(1 << 20)));
    for (int i = random.nextInt(4); i >= 0; i--) {
      builder.release(randomRelease(random));
    }
    return builder.build();
  }

  private static Release randomRelease(Random random) {
    Measurements.Builder measurements = Measurements.builder().release(line(random));
    for (int index = 0; index < 32; index++) {
      if (index < 3 || random.nextInt(8) == 0) {
        byte[] value = new byte[48];
        random.nextBytes(value);
        measurements.pcr(index, PcrValue.of(value));
      }
    }
    Release.Builder release =
        Release.builder(measurements.build()).status(pick(random, ReleaseStatus.values()));
    Instant from = time(random);
    if (random.nextBoolean()) {
      release.notBefore(from);
    }
    if (random.nextBoolean()) {
      release.notAfter(from.plusSeconds(random.nextInt(1 << 20)));
    }
    if (random.nextBoolean()) {
      release.eif(new Release.Eif(hex(random, 32), hex(random, 48)));
    }
    if (random.nextBoolean()) {
      release.image(new Release.Image(line(random), IMAGE));
      if (random.nextBoolean()) {
        release.audit(randomAudit(random));
      }
    }
    if (random.nextBoolean()) {
      release.source(new Release.Source(
          line(random),
          hex(random, random.nextBoolean() ? 20 : 32),
          random.nextBoolean() ? Optional.of(line(random)) : Optional.empty()));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      release.blobs(Map.of(line(random), "sha256:" + hex(random, 32)));
    }
    return release.build();
  }

  private static AuditVerdict randomAudit(Random random) {
    SortedMap<String, Result> checks = new TreeMap<>();
    for (int i = random.nextInt(9); i >= 0; i--) {
      checks.put("H0" + i, pick(random, Result.values()));
    }
    return new AuditVerdict(
        IMAGE,
        new AuditVerdict.Policy(line(random), "sha256:" + hex(random, 32)),
        random.nextBoolean()
            ? Optional.of(new AuditVerdict.Scan(line(random), line(random), time(random)))
            : Optional.empty(),
        checks);
  }

  private static <T> T pick(Random random, T[] values) {
    return List.of(values).get(random.nextInt(values.length));
  }

  private static Instant time(Random random) {
    return Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE));
  }

  private static String hex(Random random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }

  /** With everything that JSON has to escape, and characters outside the first plane. */
  private static String line(Random random) {
    String alphabet = "abcXYZ019 ._/-:\"\\<>&'é\u00a0\u0130\u4e2d";
    StringBuilder line = new StringBuilder();
    for (int i = random.nextInt(20); i >= 0; i--) {
      line.append(
          random.nextInt(20) == 0
              ? Character.toString(0x1f600)
              : String.valueOf(alphabet.charAt(random.nextInt(alphabet.length()))));
    }
    return line.toString();
  }
}
