package io.treza.audit.internal.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all: reading comes to a result, within the bounds, and to the same one if less is
 * kept, unless that is too little.
 */
class ElfReaderFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
        TestElf.program().bytes(),
        TestElf.program("/lib64/ld-linux-x86-64.so.2", "libc.so.6")
            .runpath("$ORIGIN")
            .needsVersion("libc.so.6", "GLIBC_2.34")
            .bytes(),
        TestElf.library("libc.so.6")
            .soname("libx.so")
            .definesVersion("X_1", "X_2")
            .bytes(),
        TestElf.program("/lib/ld.so.1", "libc.so.1").bits32().bigEndian().bytes());
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void readsOrRefuses(byte[] bytes) throws IOException {
    Elf whole = read(bytes, bytes.length);
    if (whole instanceof Elf.File file) {
      long names = file.dynamic().stream()
          .flatMap(d -> d.needed().stream())
          .mapToInt(String::length)
          .sum();
      assertTrue(names <= 65_536);
    }
    Elf part = read(bytes, 256);
    if (!(part instanceof Elf.Unread)) {
      assertEquals(whole, part);
    }
  }

  private static Elf read(byte[] bytes, int keep) throws IOException {
    return ElfReader.read(new ByteArrayInputStream(bytes), bytes.length, keep);
  }
}
