package io.treza.audit.internal.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElfReaderTest {
  private static Elf read(byte[] bytes) throws IOException {
    return read(bytes, ElfReader.DEFAULT_KEEP);
  }

  private static Elf read(byte[] bytes, int keep) throws IOException {
    return ElfReader.read(new ByteArrayInputStream(bytes), bytes.length, keep);
  }

  private static Elf.File file(byte[] bytes) throws IOException {
    return assertInstanceOf(Elf.File.class, read(bytes));
  }

  private static Elf.Dynamic dynamic(TestElf elf) throws IOException {
    return file(elf.bytes()).dynamic().orElseThrow();
  }

  private static void assertMalformed(String problem, byte[] bytes) throws IOException {
    Elf.Malformed malformed = assertInstanceOf(Elf.Malformed.class, read(bytes));
    assertTrue(malformed.problem().contains(problem), malformed.problem());
  }

  private static ByteBuffer edit(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void staticProgramAsksForNothing() throws IOException {
    assertEquals(
        new Elf.File(
            Elf.X86_64, 64, false, Elf.Kind.EXECUTABLE, Optional.empty(), Optional.empty()),
        read(TestElf.program().bytes()));
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void bothWidthsAndByteOrdersAreRead(boolean narrow, boolean bigEndian) throws IOException {
    TestElf elf = TestElf.program("/lib/ld.so.1", "libm.so.6", "libc.so.6")
        .machine(8)
        .soname("me")
        .rpath("/r")
        .runpath("$ORIGIN/../lib")
        .needsVersion("libc.so.6", "GLIBC_2.34", "weak:GLIBC_2.99", "GLIBC_2.2.5")
        .needsVersion("libm.so.6", "GLIBC_2.29")
        .definesVersion("ME_1", "ME_2");
    if (narrow) {
      elf.bits32();
    }
    if (bigEndian) {
      elf.bigEndian();
    }
    assertEquals(
        new Elf.File(
            8,
            narrow ? 32 : 64,
            bigEndian,
            Elf.Kind.SHARED,
            Optional.of("/lib/ld.so.1"),
            Optional.of(new Elf.Dynamic(
                List.of("libm.so.6", "libc.so.6"),
                Optional.of("me"),
                Optional.of("/r"),
                Optional.of("$ORIGIN/../lib"),
                Map.of(
                    "libc.so.6", Set.of("GLIBC_2.34", "GLIBC_2.2.5"),
                    "libm.so.6", Set.of("GLIBC_2.29")),
                Set.of("ME_1", "ME_2")))),
        read(elf.bytes()));
  }

  @Test
  void objectFilesHaveNoProgramHeaders() throws IOException {
    byte[] object = TestElf.program().bytes();
    edit(object).putShort(16, (short) 1).putShort(54, (short) 0).putShort(56, (short) 0);
    assertEquals(Elf.Kind.OTHER, file(object).kind());
  }

  @Test
  void stringsWithinWhatIsKeptAreFoundAgain() throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").padding(100_000).bytes();
    Elf.File elf = assertInstanceOf(Elf.File.class, read(bytes, 1000));
    assertEquals(List.of("libc.so.6"), elf.dynamic().orElseThrow().needed());
  }

  @Test
  void stringsPassedAndNotKeptAreSaidToBeUnread() throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").padding(100_000).bytes();
    assertInstanceOf(Elf.Unread.class, read(bytes, 200));
  }

  /** patchelf moves the program headers to the end when it makes room. */
  @Test
  void programHeadersAtTheEndAreFoundWithinWhatIsKept() throws IOException {
    byte[] bytes = TestElf.program("/lib/ld.so", "libc.so.6").bytes();
    int tables = 3 * 56;
    byte[] moved = Arrays.copyOf(bytes, bytes.length + tables);
    System.arraycopy(bytes, 64, moved, bytes.length, tables);
    edit(moved).putLong(32, bytes.length);
    Elf.File elf = file(moved);
    assertEquals(Optional.of("/lib/ld.so"), elf.interpreter());
    assertEquals(List.of("libc.so.6"), elf.dynamic().orElseThrow().needed());
  }

  @Test
  void onlyWhatIsNeededIsRead() throws IOException {
    byte[] bytes = Arrays.copyOf(TestElf.program().bytes(), 1 << 20);
    ByteArrayInputStream in = new ByteArrayInputStream(bytes);
    assertInstanceOf(Elf.File.class, ElfReader.read(in, bytes.length, ElfReader.DEFAULT_KEEP));
    assertTrue(in.available() > bytes.length - 4096);
  }

  @Test
  void absurdSizeIsNotAllocated() {
    // 2 TiB announced, 64 bytes there: the program headers are said to lie at 1 TiB.
    byte[] bytes = TestElf.program().bytes();
    edit(bytes).putLong(32, 1L << 40);
    Assertions.assertThrows(
        EOFException.class,
        () -> ElfReader.read(new ByteArrayInputStream(bytes), 1L << 41, Integer.MAX_VALUE - 8));
  }

  @Test
  void streamThatEndsEarlyIsAnError() {
    byte[] bytes = TestElf.library("libc.so.6").bytes();
    InputStream in = new ByteArrayInputStream(bytes, 0, bytes.length - 20);
    Assertions.assertThrows(
        EOFException.class, () -> ElfReader.read(in, bytes.length, ElfReader.DEFAULT_KEEP));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "MZ", "\u007fELF"})
  void whatHasNoHeaderIsMalformed(String text) throws IOException {
    assertMalformed("ELF header", text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void classAndByteOrderMustBeKnown() throws IOException {
    byte[] bytes = TestElf.program().bytes();
    bytes[4] = 3;
    assertMalformed("neither 32 nor 64", bytes);
    bytes[4] = 2;
    bytes[5] = 0;
    assertMalformed("order of bytes", bytes);
  }

  @Test
  void moreProgramHeadersThanLinuxTakesAreRefused() throws IOException {
    byte[] bytes = TestElf.program().bytes();
    edit(bytes).putShort(56, (short) 65_535);
    assertMalformed("65535 program headers", bytes);
    edit(bytes).putShort(56, (short) 0);
    assertMalformed("0 program headers", bytes);
    edit(bytes).putShort(56, (short) 1).putShort(54, (short) 0);
    assertMalformed("of 0 bytes", bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32})
  void programHeadersOutsideTheFileAreRefused(long offset) throws IOException {
    byte[] bytes = TestElf.program().bytes();
    edit(bytes).putLong(32, offset);
    assertMalformed("the program headers", bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MAX_VALUE, 1L << 32, 4097, 1, 0})
  void loaderNameOfAbsurdLengthIsRefused(long length) throws IOException {
    byte[] bytes = TestElf.program("/lib/ld.so").bytes();
    edit(bytes).putLong(64 + 56 + 32, length);
    assertMalformed("loader's name", bytes);
  }

  @Test
  void loaderNameMustEnd() throws IOException {
    byte[] bytes = TestElf.program("/lib/ld.so").bytes();
    edit(bytes).putLong(64 + 56 + 32, 5);
    assertMalformed("without its end", bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MAX_VALUE, 4L << 30, 65_537})
  void dynamicSectionOfAbsurdLengthIsRefused(long length) throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").bytes();
    edit(bytes).putLong(64 + 56 + 32, length);
    assertMalformed("dynamic section", bytes);
  }

  @Test
  void dynamicSectionOutsideTheFileIsRefused() throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").bytes();
    edit(bytes).putLong(64 + 56 + 8, bytes.length - 8);
    assertMalformed("dynamic section", bytes);
  }

  @Test
  void stringsOutsideTheirTableAreRefused() throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").bytes();
    int entry = bytes.length - 4 * 16;
    assertEquals(1, edit(bytes).getLong(entry));
    edit(bytes).putLong(entry + 8, Long.MAX_VALUE);
    assertMalformed("a string at", bytes);
  }

  @Test
  void stringsNoSegmentLoadsAreRefused() throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").bytes();
    int entry = bytes.length - 3 * 16;
    assertEquals(5, edit(bytes).getLong(entry));
    edit(bytes).putLong(entry + 8, 0x10);
    assertMalformed("0x10", bytes);
  }

  @Test
  void namesAreBoundedTogether() throws IOException {
    String name = "x".repeat(4000);
    assertMalformed(
        "names of more than",
        TestElf.library(Collections.nCopies(20, name).toArray(String[]::new)).bytes());
  }

  @Test
  void versionsThatReferToThemselvesEnd() throws IOException {
    byte[] bytes = TestElf.library("libc.so.6").definesVersion("V_1", "V_2").bytes();
    int entries = bytes.length - 2 * 16;
    assertEquals(0x6ffffffdL, edit(bytes).getLong(entries));
    edit(bytes).putLong(entries + 8, Long.MAX_VALUE);
    assertEquals(Set.of("V_1", "V_2"), file(bytes).dynamic().orElseThrow().versionsDefined());
    int second = (int) (edit(bytes).getLong(bytes.length - 3 * 16 + 8) - 0x400000) + 28;
    // The distance is unsigned, so there is no way back.
    edit(bytes).putInt(second + 16, 0xffff_ffff);
    assertMalformed("a defined version", bytes);
  }

  @Test
  void tooManyVersionsAreRefused() throws IOException {
    String[] versions = new String[4097];
    for (int i = 0; i < versions.length; i++) {
      versions[i] = "V" + i;
    }
    assertMalformed(
        "symbol versions",
        TestElf.library("libc.so.6").needsVersion("l", versions).bytes());
  }

  @Test
  void libraryWithoutVersionsHasNone() throws IOException {
    assertEquals(Set.of(), dynamic(TestElf.library("libc.so.6")).versionsDefined());
    assertEquals(Map.of(), dynamic(TestElf.library("libc.so.6")).versionsNeeded());
  }

  /** Binaries of this machine, as binutils reads them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/bin/ls",
        "/bin/bash",
        "/usr/bin/python3",
        "/usr/bin/git",
        "/sbin/ldconfig",
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"
      })
  void agreesWithReadelf(String name) throws Exception {
    Path file = Path.of(name);
    Assumptions.assumeTrue(Files.isReadable(file), name + " is not here");
    String text = readelf(file);
    byte[] bytes = Files.readAllBytes(file);
    Elf.File elf = file(bytes);
    Optional<Elf.Dynamic> dynamic = elf.dynamic();
    assertEquals(
        all("\\(NEEDED\\).*\\[(.*)\\]", text), dynamic.map(Elf.Dynamic::needed).orElse(List.of()));
    assertEquals(all("\\(SONAME\\).*\\[(.*)\\]", text), list(dynamic.flatMap(Elf.Dynamic::soname)));
    assertEquals(
        all("\\(RUNPATH\\).*\\[(.*)\\]", text), list(dynamic.flatMap(Elf.Dynamic::runpath)));
    assertEquals(all("interpreter: (.*)\\]", text), list(elf.interpreter()));
    assertEquals(
        Set.copyOf(all("Name: (\\S+)  Flags: none  Version", text)),
        dynamic
            .map(d -> d.versionsNeeded().values().stream()
                .flatMap(Set::stream)
                .collect(Collectors.toSet()))
            .orElse(Set.of()));
    assertEquals(
        Set.copyOf(all("Flags: (?:none|WEAK)  Index: \\d+  Cnt: \\d+  Name: (\\S+)", text)),
        dynamic.map(Elf.Dynamic::versionsDefined).orElse(Set.of()));
  }

  private static String readelf(Path file) throws IOException, InterruptedException {
    Process process;
    try {
      ProcessBuilder command =
          new ProcessBuilder("readelf", "-W", "-l", "-d", "-V", file.toString());
      command.environment().put("LC_ALL", "C");
      process = command.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      return Assumptions.abort("readelf is not here");
    }
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    return text;
  }

  private static List<String> all(String pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static List<String> list(Optional<String> value) {
    return value.map(List::of).orElse(List.of());
  }
}
