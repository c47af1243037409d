package io.treza.audit.internal.elf;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What reading an ELF file came to (System V ABI, "Object Files"). */
public sealed interface Elf {
  /** {@code e_machine} of x86-64. */
  int X86_64 = 62;

  /** {@code e_machine} of 64-bit Arm. */
  int AARCH64 = 183;

  /** {@code e_machine} of 32-bit x86. */
  int I386 = 3;

  /** {@code e_machine} of 32-bit Arm. */
  int ARM = 40;

  /**
   * A file whose tables were read.
   *
   * @param machine {@code e_machine}
   * @param bits 32 or 64
   * @param bigEndian the order of bytes in numbers
   * @param kind {@code e_type}
   * @param interpreter the dynamic loader the kernel starts in its stead ({@code PT_INTERP})
   * @param dynamic what it asks of the dynamic loader; none in a statically linked program
   */
  record File(
      int machine,
      int bits,
      boolean bigEndian,
      Kind kind,
      Optional<String> interpreter,
      Optional<Dynamic> dynamic)
      implements Elf {}

  /** A file that Linux or its dynamic loader would refuse, or that is absurd. */
  record Malformed(String problem) implements Elf {}

  /** A file whose tables lie where one pass within a bounded memory does not find them. */
  record Unread(String why) implements Elf {}

  /** What the file is for. */
  enum Kind {
    /** {@code ET_EXEC}: a program at a fixed address. */
    EXECUTABLE,
    /** {@code ET_DYN}: a shared library, or a program that can be loaded anywhere. */
    SHARED,
    /** Everything else: object files, core dumps. */
    OTHER
  }

  /**
   * The dynamic section, as far as it says what to load.
   *
   * @param needed names of libraries ({@code DT_NEEDED}), in order
   * @param soname the library's own name ({@code DT_SONAME})
   * @param rpath colon-separated directories ({@code DT_RPATH})
   * @param runpath colon-separated directories ({@code DT_RUNPATH})
   * @param versionsNeeded by library, the symbol versions that must be defined there ({@code
   *     DT_VERNEED}; Linux Standard Base, "Symbol Versioning"), weak ones left out
   * @param versionsDefined symbol versions this file defines ({@code DT_VERDEF})
   */
  record Dynamic(
      List<String> needed,
      Optional<String> soname,
      Optional<String> rpath,
      Optional<String> runpath,
      Map<String, Set<String>> versionsNeeded,
      Set<String> versionsDefined) {
    // A string's own objects, and its place in a collection.
    private static final int NAME = 80;

    public Dynamic {
      needed = List.copyOf(needed);
      versionsNeeded = Map.copyOf(versionsNeeded);
      versionsDefined = Set.copyOf(versionsDefined);
    }

    /** About how many bytes of memory its names take. */
    public long weight() {
      return Stream.of(
              needed.stream(),
              Stream.of(soname, rpath, runpath).flatMap(Optional::stream),
              versionsNeeded.keySet().stream(),
              versionsNeeded.values().stream().flatMap(Set::stream),
              versionsDefined.stream())
          .flatMap(names -> names)
          .mapToLong(name -> NAME + name.length())
          .sum();
    }
  }

  /** Whether these first bytes are an ELF file's. */
  static boolean startsLike(byte[] first) {
    return first.length >= 4
        && first[0] == 0x7f
        && first[1] == 'E'
        && first[2] == 'L'
        && first[3] == 'F';
  }
}
