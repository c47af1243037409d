package io.treza.eif;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EifBuilderTest {
  private static final EifMetadata METADATA = EifMetadata.builder("n", "v").build();

  @TempDir
  Path dir;

  private Path kernel;
  private Path ramdisk;

  @BeforeEach
  void writeParts() throws IOException {
    kernel = Files.writeString(dir.resolve("kernel"), "kernel");
    ramdisk = Files.writeString(dir.resolve("ramdisk"), "ram0");
  }

  private EifBuilder builder() throws IOException {
    return EifBuilder.of(Architecture.X86_64, kernel, "quiet").metadata(METADATA);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quiet\n", "a\0b", "a\rb"})
  void commandLineIsOneLine(String cmdline) {
    assertRefused(
        IllegalArgumentException.class,
        () -> EifBuilder.of(Architecture.X86_64, kernel, cmdline),
        "kernel command line",
        "at character " + (cmdline.length() == 6 ? 5 : 1));
  }

  @Test
  void partsThatAreMissingAreNamed() throws IOException {
    Path nowhere = dir.resolve("nowhere");
    assertRefused(
        IOException.class, () -> EifBuilder.of(Architecture.X86_64, nowhere, ""), "nowhere");
    assertRefused(IOException.class, () -> builder().addRamdisk(dir), dir.toString());
    assertRefused(IllegalStateException.class, () -> builder().measure(), "ramdisk");
    EifBuilder bare = EifBuilder.of(Architecture.X86_64, kernel, "").addRamdisk(ramdisk);
    assertRefused(IllegalStateException.class, bare::measure, "metadata");
  }

  @Test
  void sectionTableKeepsRoomForASignature() throws IOException {
    EifBuilder builder = builder();
    for (int i = 0; i < 28; i++) {
      builder.addRamdisk(ramdisk);
    }
    assertRefused(IllegalArgumentException.class, () -> builder.addRamdisk(ramdisk), "28");
    builder.write(dir.resolve("full.eif"));
    ByteBuffer eif = ByteBuffer.wrap(Files.readAllBytes(dir.resolve("full.eif")));
    assertEquals(31, eif.getShort(26));
    assertEquals(eif.capacity(), eif.getLong(28 + 8 * 30) + 12 + eif.getLong(284 + 8 * 30));
  }

  @Test
  void failureLeavesTheTargetAsItWas() throws IOException {
    Path out = Files.createDirectory(dir.resolve("out"));
    Path target = Files.writeString(out.resolve("a.eif"), "old");
    EifBuilder builder = builder().addRamdisk(ramdisk);
    Files.writeString(ramdisk, "grown since it was added");
    assertRefused(
        IOException.class, () -> builder.write(target), ramdisk.toString(), "from 4 to 24 bytes");
    assertEquals("old", Files.readString(target));
    Files.delete(target);
    assertEmpty(out);
  }

  @Test
  void writeReplacesTheTarget() throws IOException {
    Path target = Files.writeString(dir.resolve("a.eif"), "x".repeat(5000));
    builder().addRamdisk(ramdisk).write(target);
    Path fresh = dir.resolve("b.eif");
    builder().addRamdisk(ramdisk).write(fresh);
    assertArrayEquals(Files.readAllBytes(fresh), Files.readAllBytes(target));
  }

  private static String register(byte[]... parts) throws NoSuchAlgorithmException {
    MessageDigest sha384 = MessageDigest.getInstance("SHA-384");
    for (byte[] part : parts) {
      sha384.update(part);
    }
    byte[] content = sha384.digest();
    sha384.update(new byte[48]);
    return HexFormat.of().formatHex(sha384.digest(content));
  }

  /** Larger than all buffers together, so that each is filled again while others are hashed. */
  @Test
  void largeRamdisksMeasureAsHashedInOnePiece() throws Exception {
    byte[] first = new byte[3_000_001];
    byte[] second = new byte[2_000_003];
    new Random(1).nextBytes(first);
    new Random(2).nextBytes(second);
    byte[] boot = "kernelquiet".getBytes(UTF_8);
    EifMeasurements expected =
        new EifMeasurements(register(boot, first, second), register(boot, first), register(second));
    Path target = dir.resolve("large.eif");
    EifBuilder builder = builder()
        .addRamdisk(Files.write(dir.resolve("first"), first))
        .addRamdisk(Files.write(dir.resolve("second"), second));
    assertEquals(expected, builder.measure());
    assertEquals(expected, builder.write(target));
    EifFile read = EifFile.open(target);
    assertEquals(Optional.of(expected), read.measurements());
    assertEquals(List.of(), read.violations());
  }

  @Test
  void jsonIsWhatNitroCliPrints() {
    EifMeasurements measurements =
        new EifMeasurements("0a".repeat(48), "1b".repeat(48), "2c".repeat(48));
    assertEquals(
        "{\n  \"Measurements\": {\n    \"HashAlgorithm\": \"Sha384 { ... }\",\n    \"PCR0\": \""
            + "0a".repeat(48)
            + "\",\n    \"PCR1\": \""
            + "1b".repeat(48)
            + "\",\n    \"PCR2\": \""
            + "2c".repeat(48)
            + "\"\n  }\n}",
        measurements.toJson());
    assertEquals("1b".repeat(48), HexFormat.of().formatHex(measurements.pcr(1)));
    assertRefused(IllegalArgumentException.class, () -> measurements.pcr(3), "not 3");
    assertRefused(
        IllegalArgumentException.class,
        () -> new EifMeasurements("0A".repeat(48), "1b".repeat(48), "2c".repeat(48)),
        "PCR0");
  }

  @Test
  void metadataIsCompactInAwsOrderWithSortedUserKeys() {
    assertEquals(
        "{\"ImageName\":\"i\",\"ImageVersion\":\"2\",\"BuildMetadata\":{\"BuildTime\":"
            + "\"2026-11-23T03:52:46.855550037+00:00\",\"BuildTool\":\"t\",\"BuildToolVersion\":"
            + "\"1\",\"OperatingSystem\":\"Linux\",\"KernelVersion\":\"6.6\"},\"DockerInfo\":[],"
            + "\"CustomMetadata\":{\"a\":{\"x\":1.50,\"y\":\"\\u001f\u0131\"},\"b\":12345678901234"
            + "567890}}",
        EifMetadata.builder("i", "2")
            .buildTime(Instant.parse("2026-11-23T03:52:46.855550037Z"))
            .buildTool("t", "1")
            .kernel("Linux", "6.6")
            .dockerInfo("[]")
            .customMetadata(
                "{\"b\": 12345678901234567890, \"a\": {\"y\": \"\\u001F\u0131\", \"x\": 1.50}}")
            .build()
            .toJson());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "1", "", "{} {}", "{\"a\":1,\"a\":2}", "{"})
  void customMetadataIsOneJsonObject(String json) {
    assertRefused(
        IllegalArgumentException.class,
        () -> EifMetadata.builder("n", "v").customMetadata(json),
        "CustomMetadata");
  }
}
