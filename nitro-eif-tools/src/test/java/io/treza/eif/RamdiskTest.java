package io.treza.eif;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.internal.CpioArchive;
import io.treza.eif.internal.CpioMember;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FilePath;
import io.treza.image.ImageLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RamdiskTest {
  private static final String HELLO_SHA256 =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  @TempDir
  Path dir;

  private static Ramdisk of(byte[] bytes) {
    return Ramdisk.of("rd", Content.of(bytes), ImageLimits.defaults());
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static Newc some() {
    return new Newc()
        .directory("bin")
        .member("bin/a", "hello", 9, 0104755, 1000, 1001, 1, 1234, 5, 3, 1, 0, 0)
        .link("bin/b", "a")
        .member("null", "", 10, 0020666, 0, 0, 1, 0, 0, 3, 1, 1, 3);
  }

  @Test
  void everyFieldOfAMemberIsRead() throws IOException {
    List<RamdiskEntry> entries = of(some().bytes()).entries();
    assertEquals(4, entries.size());
    assertEquals(
        new RamdiskEntry(
            FilePath.of("bin/a"),
            RamdiskEntry.Kind.FILE,
            new FileEntry.Owner(04755, 1000, 1001),
            1234,
            5,
            9,
            1,
            HELLO_SHA256),
        entries.get(1));
    assertEquals("a", entries.get(2).content());
    assertEquals("1:3", entries.get(3).content());
    assertEquals(RamdiskEntry.Kind.CHARACTER_DEVICE, entries.get(3).kind());
  }

  @Test
  void whatTheBuilderWritesIsReadBack() throws IOException {
    CpioArchive archive = new CpioArchive(List.of(
        CpioMember.of(FileEntry.directory("d", 0755), 98),
        CpioMember.of(FileEntry.regular("d/f", 0640, Content.of(new byte[7])), 99)));
    List<RamdiskEntry> read = Ramdisk.of("r", archive, ImageLimits.defaults()).entries();
    assertEquals(
        List.of(FilePath.of("d"), FilePath.of("d/f")),
        read.stream().map(RamdiskEntry::path).toList());
    assertEquals(0640, read.get(1).owner().permissions());
    assertEquals(99, read.get(1).mtime());
  }

  @Test
  void gzipIsLookedInto() throws IOException {
    assertEquals(of(some().bytes()).entries(), of(gzip(some().bytes())).entries());
  }

  @Test
  void archivesAfterOneAnotherAreOneRamdisk() throws IOException {
    byte[] one = new Newc().file("a", "1").bytes();
    byte[] two = new Newc().file("b", "2").bytes();
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    assertEquals(2, of(both).entries().size());
  }

  @Test
  void missingTrailerIsAFindingAndTheFilesAreRead() throws IOException {
    Ramdisk ramdisk = of(new Newc().file("a", "1").unfinished());
    assertEquals(1, ramdisk.entries().size());
    EifFinding finding = ramdisk.forEach((entry, in) -> {}).orElseThrow();
    assertEquals(EifRule.RAMDISK_TRAILER, finding.rule());
  }

  record Broken(String name, byte[] bytes, EifRule rule, long offset) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Broken> brokenRamdisks() throws IOException {
    byte[] whole = new Newc().file("a", "12345").bytes();
    byte[] gzip = gzip(whole);
    return Stream.of(
        new Broken(
            "text", "hello".getBytes(StandardCharsets.US_ASCII), EifRule.RAMDISK_NO_ARCHIVE, 0),
        new Broken(
            "old binary cpio",
            new byte[] {(byte) 0xc7, 0x71, 0, 0, 0, 0},
            EifRule.RAMDISK_NO_ARCHIVE,
            0),
        new Broken(
            "old ASCII cpio",
            "070707000000".getBytes(StandardCharsets.US_ASCII),
            EifRule.RAMDISK_NO_ARCHIVE,
            0),
        new Broken(
            "xz", new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}, EifRule.RAMDISK_COMPRESSION, 0),
        new Broken(
            "zstd",
            new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0},
            EifRule.RAMDISK_COMPRESSION,
            0),
        new Broken("ends in a header", Arrays.copyOf(whole, 109), EifRule.RAMDISK_TRUNCATED, 0),
        new Broken("ends in a name", Arrays.copyOf(whole, 111), EifRule.RAMDISK_TRUNCATED, 0),
        new Broken("ends in a content", Arrays.copyOf(whole, 114), EifRule.RAMDISK_TRUNCATED, 0),
        new Broken(
            "damaged gzip", Arrays.copyOf(gzip, gzip.length / 2), EifRule.RAMDISK_TRUNCATED, 0),
        new Broken("gzip header alone", Arrays.copyOf(gzip, 6), EifRule.RAMDISK_TRUNCATED, 0),
        new Broken(
            "content of 4 GiB",
            new Newc()
                .member("a", "1", 1, 0100644, 0, 0, 1, 0, 0xffff_ffffL, 3, 1, 0, 0)
                .unfinished(),
            EifRule.RAMDISK_TRUNCATED,
            0),
        new Broken(
            "no hex",
            new String(whole, StandardCharsets.ISO_8859_1)
                .replaceFirst("070701.", "070701g")
                .getBytes(StandardCharsets.ISO_8859_1),
            EifRule.RAMDISK_MEMBER,
            0),
        new Broken(
            "text after a member",
            new Newc().file("a", "1").raw("hello!!!").unfinished(),
            EifRule.RAMDISK_MEMBER,
            116),
        new Broken(
            "text after the trailer",
            new Newc().file("a", "1").member("TRAILER!!!", 0, "").raw("hello").unfinished(),
            EifRule.RAMDISK_TRAILING_DATA,
            240),
        new Broken(
            "header off the grid",
            new Newc()
                .file("a", "1")
                .member("TRAILER!!!", 0, "")
                .raw("\0")
                .raw(new String(whole, StandardCharsets.ISO_8859_1))
                .unfinished(),
            EifRule.RAMDISK_TRAILING_DATA,
            241),
        new Broken(
            "empty name",
            new Newc().member("", Newc.FILE, "").unfinished(),
            EifRule.RAMDISK_NAME,
            0),
        new Broken(
            "NUL in a name", new Newc().file("a\0b", "").unfinished(), EifRule.RAMDISK_NAME, 0),
        new Broken(
            "name of 4097 bytes",
            new Newc().file("x".repeat(4096), "").unfinished(),
            EifRule.RAMDISK_NAME,
            0),
        new Broken(
            "NUL in a target", new Newc().link("a", "b\0c").bytes(), EifRule.RAMDISK_NAME, 0),
        new Broken(
            "no file type", new Newc().member("a", 0644, "").bytes(), EifRule.RAMDISK_MEMBER, 0));
  }

  @ParameterizedTest
  @MethodSource("brokenRamdisks")
  void everyFaultIsNamedWithItsPlace(Broken broken) {
    EifException e = assertThrows(EifException.class, () -> of(broken.bytes).entries());
    EifFinding finding = e.finding().orElseThrow();
    assertEquals(broken.rule, finding.rule(), e.getMessage());
    assertEquals(broken.offset, finding.offset(), e.getMessage());
  }

  @Test
  void limitsHold() throws IOException {
    byte[] bomb = gzip(new byte[1 << 20]);
    assertRefused(
        EifException.class,
        () -> Ramdisk.of("rd", Content.of(bomb), new ImageLimits(1000, 10, 100)).entries(),
        "more than 1000 bytes");
    byte[] many = new Newc().file("a", "").file("b", "").bytes();
    assertRefused(
        EifException.class,
        () -> Ramdisk.of("rd", Content.of(many), new ImageLimits(1000, 1, 100)).entries(),
        "more than 1 members");
    byte[] longName = new Newc().file("abc", "").bytes();
    assertRefused(
        EifException.class,
        () ->
            Ramdisk.of("rd", Content.of(longName), new ImageLimits(1000, 1, 2)).entries(),
        "a name over 2 bytes");
  }

  @Test
  void filesDirectoriesAndLinksAreUnpacked() throws IOException {
    List<RamdiskEntry> leftOut = of(some().bytes()).extract(dir.resolve("out"));
    assertEquals("hello", Files.readString(dir.resolve("out/bin/a")));
    assertEquals(Path.of("a"), Files.readSymbolicLink(dir.resolve("out/bin/b")));
    // Set-user-id is not kept.
    assertEquals(
        "rwxr-xr-x",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("out/bin/a"))));
    assertEquals(
        List.of(FilePath.of("null")), leftOut.stream().map(RamdiskEntry::path).toList());
    assertFalse(Files.exists(dir.resolve("out/null")));
  }

  @Test
  void hardLinkedNamesHaveTheContentOfTheLast() throws IOException {
    byte[] archive = new Newc()
        .member("a", "", 5, 0100644, 0, 0, 2, 0, 0, 3, 1, 0, 0)
        .member("b", "hi", 5, 0100644, 0, 0, 2, 0, 2, 3, 1, 0, 0)
        .bytes();
    of(archive).extract(dir.resolve("out"));
    assertEquals("hi", Files.readString(dir.resolve("out/a")));
    assertTrue(Files.isSameFile(dir.resolve("out/a"), dir.resolve("out/b")));
  }

  @Test
  void contentOfAnyHardLinkedNameIsThatOfAll() throws IOException {
    byte[] archive = new Newc()
        .member("a", "long content", 5, 0100444, 0, 0, 2, 0, 12, 3, 1, 0, 0)
        .member("b", "short", 5, 0100444, 0, 0, 2, 0, 5, 3, 1, 0, 0)
        .member("c", "last", 5, 0100444, 0, 0, 2, 0, 4, 3, 1, 0, 0)
        .bytes();
    of(archive).extract(dir.resolve("out"));
    for (String name : List.of("a", "b", "c")) {
      assertEquals("last", Files.readString(dir.resolve("out").resolve(name)), name);
    }
  }

  @Test
  void hardLinkWhoseFirstNameIsGoneIsAFile() throws IOException {
    byte[] archive = new Newc()
        .member("a", "1", 5, 0100644, 0, 0, 2, 0, 1, 3, 1, 0, 0)
        .link("a", "b")
        .member("b", "2", 5, 0100644, 0, 0, 2, 0, 1, 3, 1, 0, 0)
        .bytes();
    of(archive).extract(dir.resolve("out"));
    assertTrue(Files.isSymbolicLink(dir.resolve("out/a")));
    assertEquals("2", Files.readString(dir.resolve("out/b")));
  }

  @Test
  @Timeout(120) // It takes hours where every member touches all names before it.
  void hardLinksAreNoWorkFactor() throws IOException {
    Newc archive = new Newc();
    for (int i = 0; i < 20_000; i++) {
      archive.member("f" + i, "x", 5, 0100644, 0, 0, 2, 0, 1, 3, 1, 0, 0);
    }
    of(archive.bytes()).extract(dir.resolve("out"));
    assertTrue(Files.isSameFile(dir.resolve("out/f0"), dir.resolve("out/f19999")));
  }

  @Test
  void laterMembersReplaceEarlierOnes() throws IOException {
    byte[] archive =
        new Newc().file("a", "1").link("a", "b").file("a", "2").link("c", "a").bytes();
    of(archive).extract(dir.resolve("out"));
    assertEquals("2", Files.readString(dir.resolve("out/a")));
  }

  static Stream<Newc> hostileRamdisks() {
    return Stream.of(
        new Newc().file("../x", "1"),
        new Newc().file("a/../../x", "1"),
        new Newc().link("a", "/").file("a/x", "1"),
        new Newc().link("a", "..").directory("a").file("a/x", "1").link("a", ".."),
        new Newc().file("a", "1").file("a/x", "1"),
        new Newc().directory("a").file("a", "1"),
        new Newc().file("a", "1").directory("a"),
        new Newc().file(".", "1"),
        new Newc().link("/", "x"),
        new Newc().file("\u00ff", "1"));
  }

  @ParameterizedTest
  @MethodSource("hostileRamdisks")
  void nothingIsUnpackedOutsideNorAnythingLeft(Newc archive) throws IOException {
    Path target = Files.createDirectory(dir.resolve("in")).resolve("out");
    byte[] bytes = archive.bytes();
    assertRefused(EifException.class, () -> of(bytes).extract(target), "rd");
    assertEmpty(target.getParent());
    assertFalse(Files.exists(dir.resolve("x")));
  }

  @Test
  void absoluteNamesStayInside() throws IOException {
    of(new Newc().file("/etc/x", "1").bytes()).extract(dir.resolve("out"));
    assertEquals("1", Files.readString(dir.resolve("out/etc/x")));
  }

  @Test
  void whatExistsIsNotTouched() throws IOException {
    Path target = Files.createDirectory(dir.resolve("out"));
    assertRefused(
        FileAlreadyExistsException.class, () -> of(some().bytes()).extract(target), "exists");
    assertEmpty(target);
  }
}
