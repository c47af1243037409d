package io.treza.eif;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class EifLintTest {
  private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");

  @TempDir
  Path dir;

  private static Set<EifRule> rules(EifFile eif) throws IOException {
    return EifLint.check(eif, NOW).stream()
        .map(EifFinding::rule)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(EifRule.class)));
  }

  private static Path golden(String name) {
    return Requirement.shared("eif/golden").resolve(name);
  }

  /** A bzImage as far as anybody looks: the boot protocol's magic. */
  private static byte[] bzImage() {
    byte[] kernel = new byte[0x210];
    System.arraycopy("HdrS".getBytes(UTF_8), 0, kernel, 0x202, 4);
    return kernel;
  }

  private static byte[] arm64Image() {
    byte[] kernel = new byte[64];
    System.arraycopy("ARMd".getBytes(UTF_8), 0, kernel, 56, 4);
    return kernel;
  }

  private static byte[] init() {
    return new Newc().file("init", "#!").bytes();
  }

  private static BrokenEif clean() {
    return BrokenEif.whole()
        .replace(BrokenEif.KERNEL, bzImage())
        .replace(BrokenEif.RAMDISK, init())
        .with(BrokenEif.RAMDISK, new Newc().file("cmd", "x").bytes());
  }

  @Test
  void goodFileHasNoFinding() throws IOException {
    assertEquals(Set.of(), rules(clean().open(dir)));
  }

  @ParameterizedTest
  @CsvSource({
    "n1-gap.eif, SECTION_GAP",
    "n4-bad-crc.eif, CRC",
    "n6-signature-of-other-image.eif, SIGNATURE_OTHER_IMAGE"
  })
  void faultOfEachSharedFileIsItsOwnFinding(String name, EifRule rule) throws IOException {
    Set<EifRule> original = rules(EifFile.open(golden("g1-x86-unsigned.eif")));
    Set<EifRule> found = rules(EifFile.open(golden(name)));
    assertFalse(original.contains(rule));
    assertTrue(found.contains(rule), found.toString());
  }

  record Case(EifRule rule, BrokenEif eif) {}

  private static Case ramdisk(EifRule rule, byte[] ramdisk) {
    return new Case(
        rule,
        clean()
            .without(BrokenEif.RAMDISK)
            .with(BrokenEif.RAMDISK, init())
            .with(BrokenEif.RAMDISK, ramdisk));
  }

  private static Case metadata(EifRule rule, String docker, String custom) {
    String json = BrokenEif.JSON
        .replace("\"DockerInfo\":null", "\"DockerInfo\":" + docker)
        .replace("\"CustomMetadata\":null", "\"CustomMetadata\":" + custom);
    return new Case(rule, clean().replace(BrokenEif.METADATA, json.getBytes(UTF_8)));
  }

  private static Case cmdline(String cmdline) {
    return new Case(
        EifRule.CMDLINE_TEXT, clean().replace(BrokenEif.CMDLINE, cmdline.getBytes(UTF_8)));
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(EifRule.KERNEL_FORM, clean().replace(BrokenEif.KERNEL, new byte[1000])),
        new Case(EifRule.KERNEL_ARCHITECTURE, clean().replace(BrokenEif.KERNEL, arm64Image())),
        cmdline("quiet\n"),
        cmdline("qu\0iet"),
        cmdline("x".repeat(2048)),
        new Case(
            EifRule.PCR2_EMPTY, clean().without(BrokenEif.RAMDISK).with(BrokenEif.RAMDISK, init())),
        ramdisk(EifRule.RAMDISK_EMPTY, new byte[0]),
        ramdisk(EifRule.RAMDISK_NO_ARCHIVE, "ram0".getBytes(UTF_8)),
        ramdisk(EifRule.RAMDISK_COMPRESSION, "BZh91AY".getBytes(UTF_8)),
        ramdisk(EifRule.RAMDISK_TRUNCATED, Arrays.copyOf(init(), 113)),
        ramdisk(EifRule.RAMDISK_TRAILER, new Newc().file("a", "").unfinished()),
        ramdisk(
            EifRule.RAMDISK_TRAILING_DATA,
            new Newc().member("TRAILER!!!", 0, "").raw("x".repeat(200)).unfinished()),
        ramdisk(EifRule.RAMDISK_MEMBER, new Newc().member("a", 0644, "").bytes()),
        ramdisk(EifRule.RAMDISK_NAME, new Newc().file("../a", "").bytes()),
        new Case(
            EifRule.RAMDISK_UNALIGNED,
            clean()
                .without(BrokenEif.RAMDISK)
                .with(BrokenEif.RAMDISK, Arrays.copyOf(init(), init().length + 1))
                .with(BrokenEif.RAMDISK, init())),
        new Case(
            EifRule.INIT_MISSING,
            clean()
                .without(BrokenEif.RAMDISK)
                .with(BrokenEif.RAMDISK, new Newc().file("sbin/init", "").bytes())),
        new Case(
            EifRule.MODULE_MISSING,
            clean()
                .with(
                    BrokenEif.RAMDISK,
                    new Newc()
                        .file("modules_load_order", "# a comment\nvirtio_mmio.ko\nnsm.ko\n")
                        .file("nsm.ko", "")
                        .file("sub/virtio_mmio.ko", "")
                        .bytes())),
        new Case(EifRule.METADATA_JSON, clean().replace(BrokenEif.METADATA, "{".getBytes(UTF_8))),
        new Case(
            EifRule.METADATA_JSON, clean().replace(BrokenEif.METADATA, new byte[(1 << 20) + 1])),
        metadata(EifRule.METADATA_JSON, "null", "[]"),
        metadata(EifRule.METADATA_ENVIRONMENT, "{\"Config\":{\"Env\":[\"A=b\"]}}", "null"),
        metadata(EifRule.METADATA_SECRET, "{\"Config\":{\"Env\":[\"DB_PASSWORD=aGk=\"]}}", "null"),
        metadata(EifRule.METADATA_SECRET, "null", "{\"apiKey\":\"x\"}"),
        metadata(EifRule.METADATA_SECRET, "null", "{\"x\":[\"AKIAABCDEFGHIJKLMNOP\"]}"),
        metadata(EifRule.METADATA_SECRET, "null", "{\"x\":\"-----BEGIN EC PRIVATE KEY-----\"}"),
        new Case(EifRule.SIGNATURE_FORM, clean().with(BrokenEif.SIGNATURE, "x")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyFaultIsItsOwnFinding(Case broken) throws IOException {
    assertEquals(Set.of(broken.rule), withoutCompanions(rules(broken.eif.open(dir)), broken.rule));
  }

  /** What unavoidably comes along: a secret in the environment is in the environment. */
  private static Set<EifRule> withoutCompanions(Set<EifRule> rules, EifRule rule) {
    if (rule == EifRule.METADATA_SECRET) {
      rules.remove(EifRule.METADATA_ENVIRONMENT);
    } else if (rule == EifRule.INIT_MISSING || rule == EifRule.RAMDISK_EMPTY) {
      rules.remove(EifRule.PCR2_EMPTY);
    } else if (rule == EifRule.RAMDISK_UNALIGNED) {
      rules.remove(EifRule.RAMDISK_TRAILER);
    }
    return rules;
  }

  /** As nitro-cli 2 has it. */
  @Test
  void modulesThatAreToBeLoadedAndThereAreNoFinding() throws IOException {
    byte[] ramdisk = new Newc()
        .file("modules_load_order", "# a comment\n\nvirtio_mmio.ko\nnsm.ko\n")
        .file("virtio_mmio.ko", "")
        .file("nsm.ko", "")
        .bytes();
    assertEquals(Set.of(), rules(clean().with(BrokenEif.RAMDISK, ramdisk).open(dir)));
  }

  @Test
  void secretsAreNamedAndNotShown() throws IOException {
    Case secret = metadata(
        EifRule.METADATA_SECRET, "{\"Config\":{\"Env\":[\"DB_PASSWORD=hunter2\"]}}", "null");
    String all = EifLint.check(secret.eif.open(dir), NOW).toString();
    assertTrue(all.contains("/DockerInfo/Config/Env/DB_PASSWORD"), all);
    assertFalse(all.contains("hunter2"), all);
  }

  @Test
  void offsetOfAFindingInARamdiskIsOneInTheFile() throws IOException {
    EifFile eif = clean().with(BrokenEif.RAMDISK, "ram0").open(dir);
    EifFinding finding = EifLint.check(eif, NOW).stream()
        .filter(f -> f.rule() == EifRule.RAMDISK_NO_ARCHIVE)
        .findFirst()
        .orElseThrow();
    assertEquals(eif.sections().get(5).dataOffset(), finding.offset());
  }

  @Test
  void flagsBeyondTheProcessorAreNoted() throws IOException {
    byte[] bytes = clean().bytes();
    bytes[7] = 0x40;
    Path file = Files.write(dir.resolve("a.eif"), BrokenEif.withCrc(bytes));
    assertEquals(Set.of(EifRule.FLAGS), rules(EifFile.open(file)));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-23T03:45:33Z, true",
    "2026-11-23T03:45:34Z, false",
    "2126-10-30T03:45:34Z, false",
    "2126-10-30T03:45:35Z, true"
  })
  void certificateOutsideItsPeriodIsFound(Instant now, boolean found) throws IOException {
    List<EifFinding> findings = EifLint.check(EifFile.open(golden("g4-signed256.eif")), now);
    assertEquals(found, findings.stream().anyMatch(f -> f.rule() == EifRule.CERTIFICATE_EXPIRED));
  }

  @Test
  void secondCertificateIsFound() throws IOException {
    ByteArrayOutputStream pem = new ByteArrayOutputStream();
    pem.writeBytes(Files.readAllBytes(golden("keys/cert256.pem")));
    pem.writeBytes(Files.readAllBytes(golden("keys/cert384.pem")));
    Path chain = Files.write(dir.resolve("chain.pem"), pem.toByteArray());
    EifSigner.of(Signers.pem(golden("keys/key256.pem")), chain)
        .sign(clean().open(dir), dir.resolve("signed.eif"));
    assertEquals(Set.of(EifRule.CERTIFICATE_EXTRA), rules(EifFile.open(dir.resolve("signed.eif"))));
  }

  @Test
  void certificateOfAnotherKeyIsFound() throws IOException {
    EifSigner.of(Signers.pem(golden("keys/key256.pem")), golden("keys/cert256.pem"))
        .sign(clean().open(dir), dir.resolve("signed.eif"));
    byte[] bytes = Files.readAllBytes(dir.resolve("signed.eif"));
    bytes[bytes.length - 1] ^= 1;
    Path file = Files.write(dir.resolve("forged.eif"), BrokenEif.withCrc(bytes));
    assertEquals(Set.of(EifRule.SIGNATURE_INVALID), rules(EifFile.open(file)));
  }

  @ParameterizedTest
  @EnumSource
  void everyRuleSaysWhyAndWhatToDo(EifRule rule) {
    assertEquals(rule.name(), rule.id().toUpperCase(Locale.ROOT).replace('-', '_'));
    assertTrue(rule.why().endsWith(".") && rule.why().length() > 20, rule.why());
    assertTrue(!rule.remedy().endsWith(".") && rule.remedy().length() > 5, rule.remedy());
  }
}
