package io.treza.eif.internal;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.eif.EifException;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpioArchiveTest {
  private static byte[] write(long mtime, FileEntry... entries) throws IOException {
    CpioArchive archive =
        new CpioArchive(Arrays.stream(entries).map(e -> CpioMember.of(e, mtime)).toList());
    try (InputStream in = archive.open()) {
      byte[] bytes = in.readAllBytes();
      assertEquals(archive.size(), bytes.length);
      return bytes;
    }
  }

  private static FileEntry entry(String path, FileNode node) {
    return new FileEntry(FilePath.of(path), FileEntry.Owner.root(0644), node);
  }

  private static FileEntry file(String path, String content) {
    return FileEntry.regular(path, 0644, Content.of(content.getBytes(UTF_8)));
  }

  /** What commons-compress reads: path, mode in octal, links and content. */
  private static List<String> read(byte[] archive) throws IOException {
    List<String> entries = new ArrayList<>();
    try (CpioArchiveInputStream in =
        new CpioArchiveInputStream(new ByteArrayInputStream(archive), "UTF-8")) {
      for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        entries.add("%s %o %d %s"
            .formatted(
                e.getName(),
                e.getMode(),
                e.getNumberOfLinks(),
                new String(in.readAllBytes(), UTF_8)));
      }
    }
    return entries;
  }

  /** Every field by hand, in the order of Linux's buffer-format.rst. */
  @Test
  void fieldsAreThoseOfLinuxkit() throws IOException {
    FileEntry.Owner owner = new FileEntry.Owner(04755, 1000, 0xffff_ffffL);
    FileEntry file = new FileEntry(
        FilePath.of("init"), owner, new FileNode.Regular(Content.of(new byte[] {'a', 'b'})));
    String expected = "070701"
        + "000002d1" // inode 721
        + "000089ed" // 0100000 | 04755
        + "000003e8"
        + "ffffffff"
        + "00000001" // links
        + "58f63ea4" // 1492532900
        + "00000002" // size
        + "00000003"
        + "00000001"
        + "00000000"
        + "00000000"
        + "00000005" // name with NUL
        + "00000000"
        + "init\0\0" // header and name end at a multiple of four
        + "ab\0\0"
        + "070701"
        + "000002d2"
        + "0".repeat(24)
        + "00000001"
        + "0".repeat(16)
        + "00000003"
        + "00000001"
        + "0".repeat(16)
        + "0000000b"
        + "00000000"
        + "TRAILER!!!\0\0\0\0";
    byte[] archive = write(1492532900, file);
    assertEquals(512, archive.length);
    assertArrayEquals(Arrays.copyOf(expected.getBytes(US_ASCII), 512), archive);
  }

  @Test
  void everyKindReadsBack() throws IOException {
    assertEquals(
        List.of(
            "d 40755 2 ", "d/f 100644 1 hi\u0131", "l 120644 1 d/f", "p 10644 1 ", "c 20644 1 "),
        read(write(
            0,
            FileEntry.directory("d", 0755),
            file("d/f", "hi\u0131"),
            entry("l", new FileNode.SymbolicLink(FilePath.of("d/f"))),
            entry("p", new FileNode.Fifo()),
            entry("c", new FileNode.Device(false, 5, 1)))));
  }

  @Test
  void deviceNumbersAreWritten() throws IOException {
    byte[] archive = write(0, entry("b", new FileNode.Device(true, 8, 17)));
    try (CpioArchiveInputStream in =
        new CpioArchiveInputStream(new ByteArrayInputStream(archive))) {
      CpioArchiveEntry read = in.getNextEntry();
      assertEquals(8, read.getRemoteDeviceMaj());
      assertEquals(17, read.getRemoteDeviceMin());
      assertEquals(0060644, read.getMode());
    }
  }

  /** As usr/gen_init_cpio.c: one inode, the count in every header, the content in the last. */
  @Test
  void namesOfOneFileShareAnInodeAndTheLastHasTheContent() throws IOException {
    FileNode link = new FileNode.HardLink(FilePath.of("a"));
    byte[] archive =
        write(0, file("a", "one"), entry("b", link), file("c", "other"), entry("d", link));
    assertEquals(
        List.of("a 100644 3 ", "b 100644 3 ", "c 100644 1 other", "d 100644 3 one"), read(archive));
    List<Long> inodes = new ArrayList<>();
    try (CpioArchiveInputStream in =
        new CpioArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        inodes.add(e.getInode());
      }
    }
    assertEquals(List.of(721L, 721L, 722L, 721L), inodes);
  }

  @Test
  void linkBeforeItsFileIsRefused() {
    FileNode link = new FileNode.HardLink(FilePath.of("z"));
    assertRefused(
        IllegalArgumentException.class,
        () -> write(0, entry("a", link), file("z", "x")),
        "a: a link to z");
  }

  @Test
  void nameThatIsNotUtf8IsWrittenAsItIs() throws IOException {
    FilePath path = FilePath.ofBytes(new byte[] {(byte) 0xff, (byte) 0xe9});
    byte[] archive =
        write(0, new FileEntry(path, FileEntry.Owner.root(0), new FileNode.Directory()));
    assertEquals("\u00ff\u00e9\0", new String(archive, 110, 3, ISO_8859_1));
  }

  private static Content claims(long size) {
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open() {
        return InputStream.nullInputStream();
      }
    };
  }

  @Test
  void fileOfFourGibibytesIsRefused() {
    assertRefused(
        EifException.class,
        () -> write(0, entry("big", new FileNode.Regular(claims(1L << 32)))),
        "big: 4294967296 bytes");
  }

  @Test
  void fileThatShrinksIsNoticed() {
    assertRefused(
        IOException.class,
        () -> write(0, entry("f", new FileNode.Regular(claims(5)))),
        "f: changed while being read, from 5 to 0 bytes");
  }

  /** Linux skips such members silently: init/initramfs.c, do_header. */
  @Test
  void whatLinuxWouldSkipIsRefused() throws IOException {
    String longest = "d/".repeat(2047) + "f";
    assertEquals(1, read(write(0, file(longest, "x"))).size());
    assertRefused(EifException.class, () -> write(0, file(longest + "g", "x")), "4095 bytes");
    FileNode link = new FileNode.SymbolicLink(FilePath.of("t".repeat(4097)));
    assertRefused(EifException.class, () -> write(0, entry("l", link)), "4096 bytes");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 32})
  void timeBeyond32BitsIsRefused(long mtime) {
    assertRefused(EifException.class, () -> write(mtime, file("f", "x")), "f: file time " + mtime);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 32})
  void ownerBeyond32BitsIsRefused(long uid) {
    FileEntry.Owner owner = new FileEntry.Owner(0, uid, 0);
    assertRefused(
        EifException.class,
        () -> write(0, new FileEntry(FilePath.of("f"), owner, new FileNode.Directory())),
        "f: owner " + uid);
  }
}
