package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares against EIFs and measurements that AWS's reference implementation made. */
class GoldenEifTest {
  private static final String X86_CMDLINE =
      "reboot=k panic=30 pci=off nomodules console=ttyS0 i8042.noaux i8042.nomux i8042.nopnp"
          + " i8042.dumbkbd random.trust_cpu=on";

  @TempDir
  Path dir;

  private static EifBuilder builder(Architecture arch, String kernel, String cmdline, String... rds)
      throws IOException {
    Path in = Requirement.shared("eif/golden/in");
    EifBuilder builder = EifBuilder.of(arch, in.resolve(kernel), cmdline);
    for (String ramdisk : rds) {
      builder.addRamdisk(in.resolve(ramdisk));
    }
    return builder;
  }

  private static EifMetadata.Builder metadata(String name, String version) {
    return EifMetadata.builder(name, version).buildTool("golden", "1.2.3");
  }

  private static EifBuilder g1() throws IOException {
    return builder(Architecture.X86_64, "kernel-a.bin", X86_CMDLINE, "rd0-a.bin", "rd1-a.bin")
        .metadata(metadata("kernel-a.bin", "1.0").kernel("Linux", "4.14.256").build());
  }

  private static EifBuilder g2() throws IOException {
    String custom =
        Files.readString(Requirement.shared("eif/golden/in/custom-b.json"), StandardCharsets.UTF_8);
    // The reference writes the name where the version belongs.
    return builder(Architecture.AARCH64, "kernel-b.bin", "console=ttyS0", "rd0-b.bin")
        .metadata(metadata("golden-b", "golden-b")
            .kernel("OS", "kernel")
            .customMetadata(custom)
            .build());
  }

  private static EifBuilder g3() throws IOException {
    return builder(
            Architecture.X86_64, "kernel-c.bin", X86_CMDLINE, "rd0-c.bin", "rd1-c.bin", "rd2-c.bin")
        .metadata(metadata("kernel-c.bin", "1.0").kernel("Linux", "6.6.79").build());
  }

  private static byte[] golden(String name) throws IOException {
    return Files.readAllBytes(Requirement.shared("eif/golden").resolve(name));
  }

  @Test
  void x86WithTwoRamdisksIsByteForByteWhatAwsWrites() throws IOException {
    g1().write(dir.resolve("out.eif"));
    assertArrayEquals(golden("g1-x86-unsigned.eif"), Files.readAllBytes(dir.resolve("out.eif")));
  }

  @Test
  void armWithCustomMetadataIsByteForByteWhatAwsWrites() throws IOException {
    g2().write(dir.resolve("out.eif"));
    assertArrayEquals(golden("g2-arm-one-ramdisk.eif"), Files.readAllBytes(dir.resolve("out.eif")));
  }

  /** A signature section follows the ramdisks, so only header and tail differ. */
  @Test
  void sectionsOfASignedEifAreByteForByteWhatAwsWrites() throws IOException {
    g3().write(dir.resolve("out.eif"));
    byte[] ours = Files.readAllBytes(dir.resolve("out.eif"));
    byte[] theirs = golden("g3-x86-signed384-three-ramdisks.eif");
    assertEquals(-1, Arrays.mismatch(ours, 548, ours.length, theirs, 548, ours.length));
  }

  @ParameterizedTest
  @CsvSource({
    "1, g1-x86-unsigned.pcrs.json",
    "2, g2-arm-one-ramdisk.pcrs.json",
    "3, g3-x86-signed384-three-ramdisks.pcrs.json",
    "1, g4-signed256.pcrs.json"
  })
  void measurementsAreWhatAwsPublishes(int inputs, String published) throws IOException {
    EifBuilder builder = switch (inputs) {
      case 1 -> g1();
      case 2 -> g2();
      default -> g3();
    };
    JsonNode expected = new ObjectMapper().readTree(golden(published));
    EifMeasurements measured = builder.measure();
    assertEquals(expected.get("PCR0").asText(), measured.pcr0());
    assertEquals(expected.get("PCR1").asText(), measured.pcr1());
    assertEquals(expected.get("PCR2").asText(), measured.pcr2());
    assertEquals(measured, builder.write(dir.resolve("out.eif")));
  }
}
