package io.treza.image.internal;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.Content;
import io.treza.image.FilePath;
import io.treza.image.ImageException;
import io.treza.image.Tar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private static List<TarMember> read(byte[] archive) throws IOException {
    List<TarMember> members = new ArrayList<>();
    try (TarReader reader = new TarReader(Content.of(archive), "a.tar")) {
      for (Optional<TarMember> m = reader.next(); m.isPresent(); m = reader.next()) {
        members.add(m.get());
      }
    }
    return members;
  }

  private static String content(byte[] archive, TarMember member) {
    return new String(archive, (int) member.offset(), (int) member.size(), UTF_8);
  }

  /** One ustar header with a right checksum, for what commons-compress does not write. */
  private static byte[] header(char type, byte[] name, int size) {
    byte[] block = new byte[512];
    System.arraycopy(name, 0, block, 0, name.length);
    put(block, 100, "0000644");
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, 124, "%011o".formatted(size));
    block[156] = (byte) type;
    put(block, 257, "ustar");
    return sealed(block);
  }

  private static void put(byte[] block, int offset, String text) {
    System.arraycopy(text.getBytes(ISO_8859_1), 0, block, offset, text.length());
  }

  private static byte[] sealed(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0".formatted(sum));
    return block;
  }

  private static byte[] join(byte[]... parts) {
    byte[] all = new byte[0];
    for (byte[] part : parts) {
      int padded = (all.length + 511) / 512 * 512;
      all = Arrays.copyOf(all, padded + part.length);
      System.arraycopy(part, 0, all, padded, part.length);
    }
    return all;
  }

  private static byte[] paxRecord(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int length = rest.length() + 1;
    while (length != rest.length() + String.valueOf(length).length()) {
      length++;
    }
    return (length + rest).getBytes(ISO_8859_1);
  }

  @Test
  void kindsAndNumbersAreThoseWritten() throws IOException {
    TarArchiveEntry file = new TarArchiveEntry("f", true);
    file.setMode(0104755);
    file.setIds(1000, 50);
    byte[] archive = new Tar()
        .directory("d")
        .add(file, "abc".getBytes(UTF_8))
        .symlink("s", "../t")
        .hardLink("h", "f")
        .device("c", 5, 1)
        .bytes();
    List<TarMember> members = read(archive);
    assertEquals(
        List.of('5', '0', '2', '1', '3'), members.stream().map(TarMember::type).toList());
    assertEquals(
        new TarMember.Header(04755, 1000, 50, 0, 0, 0, Optional.empty()),
        members.get(1).header());
    assertEquals("abc", content(archive, members.get(1)));
    assertEquals(FilePath.of("../t"), members.get(2).linkName());
    assertEquals(FilePath.of("f"), members.get(3).linkName());
    assertEquals(5, members.get(4).header().deviceMajor());
    assertEquals(1, members.get(4).header().deviceMinor());
  }

  @ParameterizedTest
  @ValueSource(ints = {TarArchiveOutputStream.LONGFILE_POSIX, TarArchiveOutputStream.LONGFILE_GNU})
  void longNamesAndTargetsAreWhole(int mode) throws IOException {
    String name = "\u00e9\u0131/".repeat(60) + "file";
    List<TarMember> members =
        read(new Tar(mode).file(name, "x").symlink("l", name).file("short", "").bytes());
    assertEquals(FilePath.of(name), members.get(0).name());
    assertEquals(FilePath.of(name), members.get(1).linkName());
    assertEquals(FilePath.of("short"), members.get(2).name());
  }

  @Test
  void ustarPrefixIsPutBeforeTheName() throws IOException {
    byte[] block = header('0', "name".getBytes(UTF_8), 0);
    put(block, 345, "some/dir");
    assertEquals(FilePath.of("some/dir/name"), read(sealed(block)).get(0).name());
    put(block, 257, "ustar  ");
    assertEquals(FilePath.of("name"), read(sealed(block)).get(0).name());
  }

  /** Two such names, decoded as UTF-8, would be one. */
  @Test
  void namesThatAreNotUtf8SurviveInEveryForm() throws IOException {
    byte[] name = {'n', (byte) 0xff, (byte) 0xe9};
    byte[] pax = paxRecord("path", new String(name, ISO_8859_1));
    List<TarMember> members = read(join(
        header('0', name, 0),
        header('x', new byte[] {'p'}, pax.length),
        pax,
        header('0', new byte[] {'s'}, 0),
        header('L', new byte[] {'l'}, name.length),
        name,
        header('0', new byte[] {'s'}, 0)));
    assertEquals(
        List.of(FilePath.ofBytes(name), FilePath.ofBytes(name), FilePath.ofBytes(name)),
        members.stream().map(TarMember::name).toList());
  }

  @Test
  void paxOverridesSizeAndOwner() throws IOException {
    byte[] pax = (new String(paxRecord("size", "3"), ISO_8859_1)
            + new String(paxRecord("uid", "4000000000"), ISO_8859_1)
            + new String(paxRecord("gid", "7"), ISO_8859_1))
        .getBytes(ISO_8859_1);
    byte[] archive = join(
        header('x', new byte[] {'p'}, pax.length),
        pax,
        header('0', new byte[] {'a'}, 0),
        "abc".getBytes(UTF_8),
        header('0', new byte[] {'b'}, 0));
    List<TarMember> members = read(archive);
    assertEquals("abc", content(archive, members.get(0)));
    assertEquals(4_000_000_000L, members.get(0).header().uid());
    assertEquals(7, members.get(0).header().gid());
    assertEquals(0, members.get(1).header().uid());
  }

  @Test
  void largeNumbersInBase256AreRead() throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("f", true);
    entry.setUserId(3_000_000_000L);
    assertEquals(
        3_000_000_000L,
        read(new Tar().add(entry, new byte[0]).bytes()).get(0).header().uid());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1_500_000_000, 077777777777L, 1L << 33, 1L << 40, -1, -1_500_000_000})
  void timeIsRead(long seconds) throws IOException {
    assertEquals(
        seconds,
        read(new Tar().at(seconds).file("f", "").bytes()).get(0).header().mtime());
  }

  @ParameterizedTest
  @CsvSource({
    "1500000000, 1500000000",
    "1500000000.999999999, 1500000000",
    "7., 7",
    "-1, -1",
    "-0.5, -1",
    "-2.000, -2",
    "-2.0001, -3",
    "-1.5, -2"
  })
  void timeOfPaxIsRoundedDown(String pax, long seconds) throws IOException {
    byte[] record = paxRecord("mtime", pax);
    byte[] archive = join(
        header('x', new byte[] {'p'}, record.length), record, header('0', new byte[] {'a'}, 0));
    assertEquals(seconds, read(archive).get(0).header().mtime());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "1e9", "1.5x", "1.-5", "9999999999999999999"})
  void timeOfPaxThatIsNoneIsRefused(String pax) {
    byte[] record = paxRecord("mtime", pax);
    byte[] archive = join(
        header('x', new byte[] {'p'}, record.length), record, header('0', new byte[] {'a'}, 0));
    assertRefused(ImageException.class, () -> read(archive), "pax mtime is no time: \"" + pax);
  }

  @Test
  void timeBeyond64BitsIsRefused() {
    byte[] block = header('0', new byte[] {'a'}, 0);
    block[136] = (byte) 0x80;
    block[137] = 1;
    assertRefused(ImageException.class, () -> read(sealed(block)), "byte 136");
  }

  @Test
  void v7MarksADirectoryByItsName() throws IOException {
    assertEquals(
        TarMember.DIRECTORY, read(header('\0', "d/".getBytes(UTF_8), 0)).get(0).type());
    assertEquals(
        TarMember.REGULAR, read(header('\0', "f".getBytes(UTF_8), 0)).get(0).type());
  }

  /** As in Go: some old archives state the size of the file a link names. */
  @Test
  void linkHasNoContentWhateverItsSize() throws IOException {
    List<TarMember> members =
        read(join(header('1', new byte[] {'l'}, 512), header('0', new byte[] {'n'}, 0)));
    assertEquals(FilePath.of("n"), members.get(1).name());
  }

  @Test
  void sparseFilesAreRefused() {
    byte[] pax = paxRecord("GNU.sparse.major", "1");
    assertRefused(
        ImageException.class, () -> read(header('S', new byte[] {'s'}, 0)), "sparse file");
    assertRefused(
        ImageException.class,
        () -> read(
            join(header('x', new byte[] {'p'}, pax.length), pax, header('0', new byte[] {'s'}, 0))),
        "\"s\"",
        "sparse file");
  }

  @ParameterizedTest
  @ValueSource(chars = {'M', 'V', 'D', 'X', '8'})
  void unknownMemberTypesAreRefused(char type) {
    assertRefused(
        ImageException.class,
        () -> read(header(type, new byte[] {'v'}, 0)),
        "a.tar: tar header at byte 0",
        "member type 0x%x".formatted((int) type).toLowerCase(Locale.ROOT));
  }

  @Test
  void globalHeaderMayCommentButNotRename() throws IOException {
    byte[] comment = paxRecord("comment", "abc");
    assertEquals(
        1,
        read(join(header('g', new byte[0], comment.length), comment, header('0', new byte[1], 0)))
            .size());
    byte[] rename = paxRecord("path", "x");
    assertRefused(
        ImageException.class,
        () -> read(join(header('g', new byte[0], rename.length), rename)),
        "global pax header sets path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x path=a        | pax record length is not a number",
        "99 path=a       | malformed pax record",
        "0 path=a        | malformed pax record",
        "9 pathxxx       | malformed pax record",
        "-1 path=a       | pax record length is negative",
        "10 size=x~      | pax size is not a number",
        "11 size=-5~     | pax size is negative",
        "10 path=\0~     | a NUL in the member's name"
      })
  void malformedPaxRecordIsRefused(String record, String problem) {
    String text = record.replace('~', '\n');
    byte[] pax = (text.endsWith("\n") ? text.replaceFirst("^\\d+", "" + text.length()) : text)
        .getBytes(ISO_8859_1);
    assertRefused(
        ImageException.class,
        () ->
            read(join(header('x', new byte[0], pax.length), pax, header('0', new byte[] {'s'}, 0))),
        problem);
  }

  @Test
  void endlessExtendedHeaderIsRefused() {
    assertRefused(
        ImageException.class,
        () -> read(header('x', new byte[0], 2 << 20)),
        "extended header of 2097152 bytes");
  }

  @Test
  void changedHeaderIsRefused() {
    byte[] archive = new Tar().file("f", "x").bytes();
    archive[0] ^= 1;
    assertRefused(ImageException.class, () -> read(archive), "byte 0", "checksum");
  }

  @ParameterizedTest
  @CsvSource({"700, content go past", "300, ends inside a header"})
  void truncatedArchiveIsRefused(int length, String problem) {
    byte[] archive = Arrays.copyOf(new Tar().file("f", "x".repeat(600)).bytes(), length);
    assertRefused(ImageException.class, () -> read(archive), problem);
  }

  @Test
  void extendedHeaderAtTheEndIsRefused() {
    byte[] pax = paxRecord("path", "x");
    assertRefused(
        ImageException.class,
        () -> read(join(header('x', new byte[0], pax.length), pax)),
        "without a member");
  }

  /** Go lets the GNU name win, others the later header: two readers, two names. */
  @ParameterizedTest
  @ValueSource(strings = {"xx", "xL", "Lx", "LL", "KK"})
  void extendedHeadersThatContendAreRefused(String types) {
    byte[] pax = paxRecord("path", "x");
    byte[] archive = new byte[0];
    for (int i = 0; i < types.length(); i++) {
      archive = join(archive, header(types.charAt(i), new byte[0], pax.length), pax);
    }
    byte[] contending = join(archive, header('0', new byte[] {'s'}, 0));
    assertRefused(ImageException.class, () -> read(contending), "several extended headers");
  }

  @Test
  void emptyPaxValueChangesNothing() throws IOException {
    byte[] pax = paxRecord("path", "");
    byte[] archive =
        join(header('x', new byte[0], pax.length), pax, header('0', new byte[] {'s'}, 0));
    assertEquals(FilePath.of("s"), read(archive).get(0).name());
  }

  /** Whatever the bytes, the outcome is members or an ImageException. */
  @Test
  void everyDamageIsEitherReadOrRefused() throws IOException {
    byte[] pax = paxRecord("path", "long");
    byte[] good = join(
        header('x', new byte[] {'p'}, pax.length),
        pax,
        header('3', new byte[] {'s'}, 0),
        header('0', new byte[] {'f'}, 2),
        new byte[] {1, 2});
    assertEquals(2, read(good).size());
    int refused = 0;
    for (int at = 0; at < good.length; at++) {
      for (int value : new int[] {0, 1, '9', ' ', 0x7f, 0x80, 0xff}) {
        byte[] bad = good.clone();
        bad[at] = (byte) value;
        boolean inHeader = at < 512 || (at >= 1024 && at < 2048);
        if (inHeader) {
          int block = at / 512 * 512;
          byte[] header = sealed(Arrays.copyOfRange(bad, block, block + 512));
          System.arraycopy(header, 0, bad, block, 512);
        }
        try {
          read(bad);
        } catch (ImageException e) {
          refused++;
        }
      }
    }
    assertNotEquals(0, refused);
  }

  @Test
  void xattrsAndTimesAreSkipped() throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("f", TarConstants.LF_NORMAL);
    Map.of("SCHILY.xattr.user.a", "1", "mtime", "1.5").forEach(entry::addPaxHeader);
    assertEquals(
        FilePath.of("f"), read(new Tar().add(entry, new byte[0]).bytes()).get(0).name());
  }

  @Test
  void capabilitiesAreKeptByteForByte() throws IOException {
    String value = "\u0001\u0000\u0000\u0002\n\u00ff=";
    byte[] pax = paxRecord("SCHILY.xattr.security.capability", value);
    byte[] archive =
        join(header('x', new byte[] {'p'}, pax.length), pax, header('0', new byte[] {'f'}, 0));
    assertEquals(Optional.of(value), read(archive).get(0).header().capability());
    assertEquals(
        Optional.empty(), read(header('0', new byte[] {'f'}, 0)).get(0).header().capability());
  }

  @Test
  void contentIsReadAsMuchAsIsWanted() throws IOException {
    byte[] archive = new Tar().file("a", "0123456789").file("b", "x").bytes();
    try (TarReader reader = new TarReader(new ByteArrayInputStream(archive), "a.tar")) {
      reader.next();
      assertEquals("012", new String(reader.content().readNBytes(3), UTF_8));
      assertEquals("3456789", new String(reader.content().readAllBytes(), UTF_8));
      assertEquals(-1, reader.content().read());
      assertEquals("b", reader.next().orElseThrow().name().toString());
      assertEquals("x", new String(reader.content().readAllBytes(), UTF_8));
      assertTrue(reader.next().isEmpty());
    }
  }

  @Test
  void aStreamThatEndsInsideAMemberIsRefused() throws IOException {
    byte[] archive = Arrays.copyOf(new Tar().file("a", "0123456789").bytes(), 515);
    try (TarReader reader = new TarReader(new ByteArrayInputStream(archive), "a.tar")) {
      reader.next();
      assertRefused(ImageException.class, reader::next, "\"a\": its 10 bytes", "cut short");
    }
    try (TarReader reader = new TarReader(new ByteArrayInputStream(archive), "a.tar")) {
      reader.next();
      assertRefused(
          ImageException.class, () -> reader.content().readAllBytes(), "its 10 bytes", "cut short");
    }
  }
}
