package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EifFileTest {
  @TempDir
  Path dir;

  private static EifFile golden(String name) throws IOException {
    return EifFile.open(Requirement.shared("eif/golden").resolve(name));
  }

  private EifFile open(byte[] bytes) throws IOException {
    return EifFile.open(Files.write(dir.resolve("a.eif"), bytes));
  }

  private static List<EifRule> rules(EifFile eif) {
    return eif.violations().stream().map(EifFinding::rule).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "g1-x86-unsigned.eif",
        "g2-arm-one-ramdisk.eif",
        "g3-x86-signed384-three-ramdisks.eif",
        "g4-signed256.eif",
        "n3-moved-bytes-same-pcr0.eif",
        "n6-signature-of-other-image.eif"
      })
  void filesThatAwsWroteBreakNoRule(String name) throws IOException {
    assertEquals(List.of(), golden(name).violations());
  }

  @Test
  void sectionsAreWhereTheTableSays() throws IOException {
    EifFile eif = golden("g3-x86-signed384-three-ramdisks.eif");
    assertEquals(
        List.of(
            "kernel", "cmdline", "metadata", "ramdisk 0", "ramdisk 1", "ramdisk 2", "signature"),
        eif.sections().stream().map(EifSection::name).toList());
    EifSection ramdisk = eif.sections().get(3);
    try (InputStream in = eif.content(ramdisk).open()) {
      assertArrayEquals(
          Files.readAllBytes(Requirement.shared("eif/golden/in/rd0-c.bin")), in.readAllBytes());
    }
    assertEquals(new EifHeader(4, 0, 1L << 30, 2), eif.header());
    assertEquals(Architecture.AARCH64, golden("g2-arm-one-ramdisk.eif").header().architecture());
  }

  @Test
  void gapIsFoundAndTheImageStillMeasured() throws IOException {
    EifFile gap = golden("n1-gap.eif");
    assertTrue(rules(gap).contains(EifRule.SECTION_GAP), gap.violations().toString());
    assertEquals(golden("g1-x86-unsigned.eif").measurements(), gap.measurements());
  }

  @Test
  void wrongCrcIsFoundAndTheImageStillMeasured() throws IOException {
    EifFile damaged = golden("n4-bad-crc.eif");
    assertEquals(List.of(EifRule.CRC), rules(damaged));
    assertEquals(544, damaged.violations().get(0).offset());
  }

  @Test
  void movingBytesBetweenRamdisksKeepsPcr0Only() throws IOException {
    EifMeasurements original = golden("g1-x86-unsigned.eif").measurements().orElseThrow();
    EifMeasurements moved =
        golden("n3-moved-bytes-same-pcr0.eif").measurements().orElseThrow();
    assertEquals(original.pcr0(), moved.pcr0());
    assertFalse(original.pcr1().equals(moved.pcr1()) || original.pcr2().equals(moved.pcr2()));
  }

  @Test
  void emptySectionsAreSections() throws IOException {
    EifFile eif = BrokenEif.whole().with(BrokenEif.RAMDISK, "").open(dir);
    assertEquals(List.of(), eif.violations());
    assertEquals("ramdisk 1", eif.sections().get(4).name());
  }

  @Test
  void olderVersionsHaveNoMetadata() throws IOException {
    byte[] three = BrokenEif.whole().without(BrokenEif.METADATA).bytes();
    three[5] = 3;
    EifFile eif = open(BrokenEif.withCrc(three));
    assertEquals(List.of(), eif.violations());
    assertTrue(eif.metadata().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 547})
  void whatIsShorterThanAHeaderIsNoEif(int length) {
    byte[] cut = Arrays.copyOf(BrokenEif.whole().bytes(), length);
    String says = length < 4 ? "does not begin with .eif" : "ends after " + length;
    assertRefused(EifException.class, () -> open(cut), "a.eif", says);
  }

  @Test
  void otherMagicIsNoEif() {
    byte[] elf = BrokenEif.whole().bytes();
    elf[0] = 0x7f;
    assertRefused(EifException.class, () -> open(elf), "a.eif", "does not begin with .eif");
  }

  @Test
  void whatIsNoRegularFileIsNoEif() {
    assertRefused(EifException.class, () -> EifFile.open(dir), dir + ": no regular file");
  }

  /** A file that breaks a rule, where, and part of what is said about it. */
  record Broken(String name, byte[] file, EifRule rule, long offset, String says) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Broken broken(
      String name,
      BrokenEif eif,
      UnaryOperator<ByteBuffer> edit,
      EifRule rule,
      long offset,
      String says) {
    ByteBuffer edited = edit.apply(ByteBuffer.wrap(eif.bytes())).rewind();
    byte[] file = new byte[edited.remaining()];
    edited.get(file);
    return new Broken(name, BrokenEif.withCrc(file), rule, offset, says);
  }

  private static Broken edited(
      String name, UnaryOperator<ByteBuffer> edit, EifRule rule, long offset, String says) {
    return broken(name, BrokenEif.whole(), edit, rule, offset, says);
  }

  private static Broken built(String name, BrokenEif eif, EifRule rule, long offset, String says) {
    return broken(name, eif, b -> b, rule, offset, says);
  }

  private static ByteBuffer resized(ByteBuffer file, int length) {
    byte[] bytes = new byte[length];
    file.get(0, bytes, 0, Math.min(length, file.capacity()));
    return ByteBuffer.wrap(bytes);
  }

  private static BrokenEif without(int type) {
    return BrokenEif.whole().without(type);
  }

  private static BrokenEif with(int type, String data) {
    return BrokenEif.whole().with(type, data);
  }

  static Stream<Broken> brokenFiles() {
    int size = BrokenEif.whole().bytes().length;
    int end = size - 16; // of metadata
    return Stream.of(
        edited("version 0", b -> b.putShort(4, (short) 0), EifRule.VERSION, 4, "version 0"),
        edited("version 1", b -> b.putShort(4, (short) 1), EifRule.VERSION, 4, "version 1"),
        edited("version 5", b -> b.putShort(4, (short) 5), EifRule.VERSION, 4, "version 5"),
        edited(
            "version 65535", b -> b.putShort(4, (short) -1), EifRule.VERSION, 4, "version 65535"),
        edited("reserved 16", b -> b.putShort(24, (short) 1), EifRule.RESERVED_FIELD, 24, "16"),
        edited("reserved 32", b -> b.putInt(540, 1), EifRule.RESERVED_FIELD, 540, "32"),
        edited("no section", b -> b.putShort(26, (short) 0), EifRule.SECTION_COUNT, 26, "0 sec"),
        edited("one section", b -> b.putShort(26, (short) 1), EifRule.SECTION_COUNT, 26, "1 sec"),
        edited("33 sections", b -> b.putShort(26, (short) 33), EifRule.SECTION_COUNT, 26, "33"),
        edited(
            "65535 sections", b -> b.putShort(26, (short) -1), EifRule.SECTION_COUNT, 26, "65535"),
        edited("offset in a spare row", b -> b.putLong(60, 9), EifRule.TABLE_ROW, 60, "row 4"),
        edited("size in a spare row", b -> b.putLong(532, 9), EifRule.TABLE_ROW, 532, "row 31"),
        edited("a row too few", b -> b.putShort(26, (short) 3), EifRule.TABLE_ROW, 52, "row 3"),
        edited("a row too many", b -> b.putShort(26, (short) 5), EifRule.SECTION_OUTSIDE, 60, "0"),
        edited("offset 0", b -> b.putLong(52, 0), EifRule.SECTION_OUTSIDE, 52, "starts at 0"),
        edited("in the header", b -> b.putLong(28, 547), EifRule.SECTION_OUTSIDE, 28, "547"),
        edited("negative", b -> b.putLong(28, -1), EifRule.SECTION_OUTSIDE, 28, "1844674407370955"),
        edited("at the end", b -> b.putLong(52, size), EifRule.SECTION_OUTSIDE, 52, "of " + size),
        edited(
            "no room for a header",
            b -> b.putLong(52, size - 11),
            EifRule.SECTION_OUTSIDE,
            52,
            "starts at " + (size - 11)),
        edited(
            "far outside",
            b -> b.putLong(52, Long.MAX_VALUE),
            EifRule.SECTION_OUTSIDE,
            52,
            String.valueOf(Long.MAX_VALUE)),
        edited(
            "one byte missing",
            b -> resized(b, size - 1),
            EifRule.SECTION_TRUNCATED,
            end + 4,
            "ramdisk of 4 bytes where 3 are left"),
        edited(
            "size over 2^63",
            b -> b.putLong(end + 4, -1).putLong(308, -1),
            EifRule.SECTION_TRUNCATED,
            end + 4,
            "18446744073709551615"),
        edited(
            "size of an exabyte",
            b -> b.putLong(end + 4, 1L << 60).putLong(308, 1L << 60),
            EifRule.SECTION_TRUNCATED,
            end + 4,
            "1152921504606846976"),
        edited(
            "table states less",
            b -> b.putLong(284, 5),
            EifRule.SECTION_SIZE,
            284,
            "kernel: 5 bytes in the table, 6 in its header at 548"),
        edited(
            "table states more",
            b -> b.putLong(308, 5),
            EifRule.SECTION_SIZE,
            308,
            "ramdisk: 5 bytes in the table, 4"),
        edited("type 0", b -> b.putShort(end, (short) 0), EifRule.SECTION_TYPE, end, "type 0"),
        edited("type 6", b -> b.putShort(end, (short) 6), EifRule.SECTION_TYPE, end, "type 6"),
        edited(
            "type 65535",
            b -> b.putShort(end, (short) -1),
            EifRule.SECTION_TYPE,
            end,
            "type 65535"),
        edited(
            "section flags",
            b -> b.putShort(end + 2, (short) 1),
            EifRule.SECTION_FLAGS,
            end + 2,
            "flags 1"),
        edited(
            "two rows for one section",
            b -> b.putLong(36, 548).putLong(292, 6),
            EifRule.SECTION_OVERLAP,
            548,
            "starts 18 bytes before the end of kernel"),
        edited(
            "kernel over the command line",
            b -> b.putLong(552, 7).putLong(284, 7),
            EifRule.SECTION_OVERLAP,
            566,
            "cmdline starts 1 bytes before"),
        edited(
            "short kernel",
            b -> b.putLong(552, 5).putLong(284, 5),
            EifRule.SECTION_GAP,
            565,
            "1 bytes between kernel and cmdline"),
        edited(
            "rows swapped",
            b -> b.putLong(28, 566).putLong(36, 548).putLong(284, 5).putLong(292, 6),
            EifRule.TABLE_ORDER,
            36,
            "starts at 548, not after 566"),
        edited("trailing zero", b -> resized(b, size + 1), EifRule.TRAILING_DATA, size, "1 bytes"),
        edited(
            "trailing fragment",
            b -> resized(b, size + 11),
            EifRule.TRAILING_DATA,
            size,
            "11 bytes after ramdisk 0"),
        built("no kernel", without(BrokenEif.KERNEL), EifRule.KERNEL_COUNT, 26, "0 kernel"),
        built("two kernels", with(BrokenEif.KERNEL, "b"), EifRule.KERNEL_COUNT, size, "2 kernel"),
        built("no cmdline", without(BrokenEif.CMDLINE), EifRule.CMDLINE_COUNT, 26, "0 cmdline"),
        built(
            "two cmdlines", with(BrokenEif.CMDLINE, "b"), EifRule.CMDLINE_COUNT, size, "2 cmdline"),
        built("no metadata", without(BrokenEif.METADATA), EifRule.METADATA_COUNT, 26, "0 metadata"),
        built(
            "two metadata",
            with(BrokenEif.METADATA, "{}"),
            EifRule.METADATA_COUNT,
            size,
            "2 metadata"),
        edited(
            "metadata in version 3",
            b -> b.putShort(4, (short) 3),
            EifRule.METADATA_COUNT,
            583,
            "1 metadata sections in version 3"),
        built(
            "two signatures",
            with(BrokenEif.SIGNATURE, "").with(BrokenEif.SIGNATURE, ""),
            EifRule.SIGNATURE_COUNT,
            size + 12,
            "2 signature"),
        broken(
            "signature in version 2",
            without(BrokenEif.METADATA).with(BrokenEif.SIGNATURE, ""),
            b -> b.putShort(4, (short) 2),
            EifRule.SIGNATURE_COUNT,
            599,
            "1 signature sections in version 2"),
        built(
            "signature of 32769 bytes",
            with(BrokenEif.SIGNATURE, "x".repeat(32769)),
            EifRule.SIGNATURE_SIZE,
            size,
            "32769"),
        built("no ramdisk", without(BrokenEif.RAMDISK), EifRule.RAMDISK_COUNT, 26, "no ramdisk"),
        built(
            "ramdisk first",
            new BrokenEif()
                .with(BrokenEif.RAMDISK, "r")
                .with(BrokenEif.KERNEL, "k")
                .with(BrokenEif.CMDLINE, "c")
                .with(BrokenEif.METADATA, "{}"),
            EifRule.RAMDISK_ORDER,
            548,
            "ramdisk 0 is before the kernel"),
        new Broken("header alone", headerAlone(), EifRule.SECTION_COUNT, 26, "0 sections"),
        new Broken("wrong CRC", wrongCrc(), EifRule.CRC, 544, "00000000 stated"));
  }

  private static byte[] headerAlone() {
    return new BrokenEif().bytes();
  }

  private static byte[] wrongCrc() {
    return ByteBuffer.wrap(BrokenEif.whole().bytes()).putInt(544, 0).array();
  }

  @ParameterizedTest
  @MethodSource("brokenFiles")
  void everyViolationIsNamedWithItsPlace(Broken broken) throws IOException {
    EifFile eif = open(broken.file);
    EifFinding finding = eif.violations().stream()
        .filter(f -> f.rule() == broken.rule)
        .findFirst()
        .orElseThrow(() -> new AssertionError("not found: " + eif.violations()));
    assertEquals(broken.offset, finding.offset(), finding.toString());
    assertTrue(finding.what().contains(broken.says), finding.what());
  }

  @Test
  void whatReadersWouldMeasureDifferentlyIsNotMeasured() throws IOException {
    List<EifRule> measured = List.of(
        EifRule.RESERVED_FIELD,
        EifRule.SECTION_FLAGS,
        EifRule.SECTION_GAP,
        EifRule.TRAILING_DATA,
        EifRule.CRC,
        EifRule.METADATA_COUNT,
        EifRule.SIGNATURE_COUNT,
        EifRule.SIGNATURE_SIZE,
        EifRule.RAMDISK_COUNT,
        EifRule.VERSION);
    for (Broken broken : brokenFiles().toList()) {
      EifFile eif = open(broken.file);
      boolean harmless = measured.containsAll(rules(eif));
      if (!rules(eif).contains(EifRule.TABLE_ROW)) {
        assertEquals(harmless, eif.measurements().isPresent(), broken + ": " + eif.violations());
      }
    }
  }
}
