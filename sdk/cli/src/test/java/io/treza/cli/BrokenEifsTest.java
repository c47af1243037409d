package io.treza.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.Architecture;
import io.treza.eif.EifBuilder;
import io.treza.eif.EifMetadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every broken EIF: one line that says what is wrong, exit status 2, and nothing written. */
class BrokenEifsTest {
  // Where fields of the header are, as docs/eif.md has them.
  private static final int COUNT = 26;
  private static final int OFFSETS = 28;
  private static final int SIZES = 284;

  @TempDir
  Path dir;

  private Path eif(byte[] ramdisk) throws IOException {
    Path kernel = Files.writeString(dir.resolve("kernel"), "a kernel");
    Path first = Files.write(dir.resolve("first"), ramdisk);
    Path eif = dir.resolve("a.eif");
    EifBuilder.of(Architecture.X86_64, kernel, "quiet")
        .metadata(EifMetadata.builder("x", "1").build())
        .addRamdisk(first)
        .write(eif);
    return eif;
  }

  private void assertRefused(String message, String... command) throws IOException {
    List<Path> before = list();
    CommandLineRun run = CommandLineRun.of(command);
    assertEquals(Treza.UNUSABLE, run.status(), run.out() + run.err());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("treza: "), run::err);
    assertTrue(run.err().contains(message), run::err);
    assertEquals(1, run.err().lines().count(), run::err);
    assertEquals(before, list());
  }

  private List<Path> list() throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.sorted().toList();
    }
  }

  /** A newc header and name, padded. */
  private static String member(String name, int mode, int size) {
    StringBuilder header = new StringBuilder("070701");
    for (int field : new int[] {1, mode, 0, 0, 1, 0, size, 3, 1, 0, 0, name.length() + 1, 0}) {
      header.append(String.format(Locale.ROOT, "%08x", field));
    }
    header.append(name).append('\0');
    return header + "\0".repeat(-header.length() & 3);
  }

  private static String file(String name) {
    return member(name, 0100644, 4) + "text";
  }

  private static final String TRAILER = member("TRAILER!!!", 0, 0);

  private static Arguments ramdisk(String name, String message, String content) {
    return Arguments.of(name, message, content.getBytes(ISO_8859_1));
  }

  private static byte[] gzip(String content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content.getBytes(ISO_8859_1));
    }
    return out.toByteArray();
  }

  static Stream<Arguments> ramdisks() throws IOException {
    byte[] gzip = gzip(file("a") + TRAILER);
    return Stream.of(
        ramdisk("text", "ramdisk-no-archive", "hello"),
        ramdisk("xz", "ramdisk-compression", "\u00fd7zXZ\0\0\0"),
        ramdisk("header cut short", "ramdisk-truncated", "0707010000"),
        ramdisk(
            "name cut short", "ramdisk-truncated", member("a name", 0100644, 0).substring(0, 112)),
        ramdisk("content cut short", "ramdisk-truncated", member("a", 0100644, 9) + "text"),
        ramdisk(
            "field that is no number", "ramdisk-member", file("a").replace("000081a4", "0000zzzz")),
        ramdisk("no name", "ramdisk-name", member("", 0100644, 0)),
        ramdisk("name of 2 GiB", "ramdisk-name", file("a").replace("00000002", "7fffffff")),
        ramdisk("name with a NUL", "ramdisk-name", file("a\0b") + TRAILER),
        ramdisk("name that climbs", "..", file("../evil") + TRAILER),
        ramdisk(
            "file through a link",
            "something else of that name",
            member("a", 0120777, 4) + "/etc" + file("a/evil") + TRAILER),
        ramdisk("kind that there is not", "ramdisk-member", member("a", 0070644, 0) + TRAILER),
        ramdisk("bytes after the trailer", "ramdisk-trailing-data", TRAILER + "more"),
        Arguments.of("gzip cut short", "ramdisk-truncated", Arrays.copyOf(gzip, 20)),
        Arguments.of("gzip of text", "ramdisk-no-archive", gzip("hello")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ramdisks")
  void brokenRamdiskIsNotExtracted(String name, String message, byte[] content) throws IOException {
    assertRefused(
        message,
        "eif",
        "extract",
        eif(content).toString(),
        "--files",
        "-o",
        dir.resolve("out").toString());
  }

  private static Arguments header(String name, String message, UnaryOperator<byte[]> change) {
    return Arguments.of(name, message, change);
  }

  private static UnaryOperator<byte[]> put(int offset, long value) {
    return bytes -> {
      ByteBuffer.wrap(bytes).putLong(offset, value);
      return bytes;
    };
  }

  private static UnaryOperator<byte[]> section(int index, int type) {
    return bytes -> {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      buffer.putShort((int) buffer.getLong(OFFSETS + 8 * index), (short) type);
      return bytes;
    };
  }

  private static UnaryOperator<byte[]> cut(int length) {
    return bytes -> Arrays.copyOf(bytes, length);
  }

  static Stream<Arguments> headers() {
    return Stream.of(
        header("empty file", "does not begin with .eif", cut(0)),
        header("three bytes", "does not begin with .eif", cut(3)),
        header("other magic", "does not begin with .eif", put(0, 0x7f454c4600000000L)),
        header("header cut short", "548 bytes, and the file ends after 300", cut(300)),
        header("no section after the header", "section-", cut(548)),
        header("cut inside the kernel", "section-", cut(562)),
        header("section at nowhere", "section-", put(OFFSETS + 16, 1L << 40)),
        header("section at a negative place", "section-", put(OFFSETS + 16, -1)),
        header("section inside the header", "section-", put(OFFSETS + 16, 10)),
        header("sections that overlap", "table-order", put(OFFSETS + 16, 550)),
        header("size of the table's own", "section-size", put(SIZES + 24, 1)),
        header("two kernels", "kernel-count", section(1, 1)),
        header("no kernel", "kernel-count", section(0, 5)),
        header("type that there is not", "section-type", section(2, 9)),
        header("more sections than there is room for", "section-count", bytes -> {
          bytes[COUNT] = 1;
          return bytes;
        }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headers")
  void brokenFileIsNotSigned(String name, String message, UnaryOperator<byte[]> change)
      throws IOException {
    Path eif = eif((file("init") + TRAILER).getBytes(ISO_8859_1));
    Files.write(eif, change.apply(Files.readAllBytes(eif)));
    byte[] before = Files.readAllBytes(eif);
    assertRefused(message, "eif", "sign", eif.toString(), "--remove");
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(eif)));
  }

  /** What is changed above is the only thing wrong there. */
  @Test
  void unchangedFileIsExtractedAndSigned() throws IOException {
    Path eif = eif((file("init") + TRAILER).getBytes(ISO_8859_1));
    Path out = dir.resolve("out");
    CommandLineRun run =
        CommandLineRun.of("eif", "extract", eif.toString(), "--files", "-o", out.toString());
    assertEquals(0, run.status(), run.err());
    assertTrue(Files.exists(out.resolve("ramdisk-0.files/init")));
    CommandLineRun signed = CommandLineRun.of("eif", "sign", eif.toString(), "--remove");
    assertEquals(0, signed.status(), signed.err());
    assertFalse(signed.out().isEmpty());
  }

  /** The number the project holds itself to; here, and in the test of broken images. */
  @Test
  void thereAreAHundredOfImagesAndEifs() throws IOException {
    long cases = Stream.of(
            BrokenImagesTest.layouts(),
            BrokenImagesTest.layers(),
            BrokenImagesTest.archives(),
            ramdisks(),
            headers())
        .mapToLong(Stream::count)
        .sum();
    assertTrue(cases >= 100, "found " + cases);
  }
}
