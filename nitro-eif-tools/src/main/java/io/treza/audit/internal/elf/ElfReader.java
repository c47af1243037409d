package io.treza.audit.internal.elf;

import io.treza.audit.internal.elf.ForwardBytes.PassedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads an ELF file front to back, once, whatever its headers claim.
 *
 * <p>The dynamic section comes after the strings it names, so the first bytes are kept, up to a
 * limit; in a file whose strings lie further on than that, {@link Elf.Unread} says so.
 */
public final class ElfReader {
  /** How many of the first bytes are kept at most: enough for the symbols of Node.js or PyTorch. */
  public static final int DEFAULT_KEEP = 16 << 20;

  // Linux, fs/binfmt_elf.c, load_elf_phdrs: more is no program.
  private static final int MAX_PROGRAM_HEADERS = 65_536;
  // Real ones have some thirty entries of 16 bytes, and one for each library.
  private static final int MAX_DYNAMIC = 65_536;
  private static final int MAX_VERSIONS = 4096;
  // Linux, include/uapi/linux/limits.h: PATH_MAX, terminator included.
  private static final int MAX_STRING = 4096;
  private static final int MAX_STRINGS = 65_536;

  private static final int ET_EXEC = 2;
  private static final int ET_DYN = 3;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;
  private static final int VER_FLG_BASE = 1;
  private static final int VER_FLG_WEAK = 2;

  private final ForwardBytes bytes;
  private final int bits;
  private final ByteOrder order;
  private final List<Segment> segments = new ArrayList<>();
  private int stringBytes;

  private ElfReader(ForwardBytes bytes, int bits, ByteOrder order) {
    this.bytes = bytes;
    this.bits = bits;
    this.order = order;
  }

  /** A program header, numbers as in the file. */
  private record Segment(int type, long offset, long address, long fileSize) {}

  /** Says what is wrong; never leaves this class. */
  private static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    final String problem;

    MalformedException(String problem) {
      super(problem);
      this.problem = problem;
    }
  }

  /**
   * Reads as much of {@code in} as it needs; the rest is left unread.
   *
   * @param in the file from its first byte; the caller closes it
   * @param size bytes the file has
   * @param keep how many of its first bytes may be kept in memory
   * @throws IOException if {@code in} fails or ends before {@code size}
   */
  public static Elf read(InputStream in, long size, int keep) throws IOException {
    ForwardBytes bytes = new ForwardBytes(in, size, keep);
    try {
      byte[] ident = bytes.read(0, 16);
      if (ident.length < 16 || !Elf.startsLike(ident)) {
        return new Elf.Malformed("no ELF header");
      }
      if ((ident[4] != 1 && ident[4] != 2) || (ident[5] != 1 && ident[5] != 2)) {
        return new Elf.Malformed("neither 32 nor 64 bits, or no order of bytes");
      }
      return new ElfReader(
              bytes,
              ident[4] == 1 ? 32 : 64,
              ident[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
          .read();
    } catch (MalformedException e) {
      return new Elf.Malformed(e.problem);
    } catch (PassedException e) {
      return new Elf.Unread(
          "bytes at offset " + e.offset + " were passed before they were known to matter");
    }
  }

  private Elf read() throws IOException, MalformedException, PassedException {
    ByteBuffer header = at(0, bits == 64 ? 64 : 52, "the ELF header");
    int type = header.getShort(16) & 0xffff;
    int machine = header.getShort(18) & 0xffff;
    Elf.Kind kind = switch (type) {
      case ET_EXEC -> Elf.Kind.EXECUTABLE;
      case ET_DYN -> Elf.Kind.SHARED;
      default -> Elf.Kind.OTHER;
    };
    Optional<String> interpreter = Optional.empty();
    Optional<Elf.Dynamic> dynamic = Optional.empty();
    if (kind != Elf.Kind.OTHER) {
      readSegments(header);
      Optional<Segment> loader = first(PT_INTERP);
      Optional<Segment> section = first(PT_DYNAMIC).filter(s -> s.fileSize != 0);
      // In the order they lie in the file, which is read once.
      boolean loaderFirst = loader.isPresent()
          && section.filter(s -> s.offset < loader.get().offset).isEmpty();
      if (loaderFirst) {
        interpreter = Optional.of(interpreter(loader.get()));
      }
      if (section.isPresent()) {
        dynamic = Optional.of(dynamic(section.get()));
      }
      if (loader.isPresent() && !loaderFirst) {
        interpreter = Optional.of(interpreter(loader.get()));
      }
    }
    return new Elf.File(machine, bits, order == ByteOrder.BIG_ENDIAN, kind, interpreter, dynamic);
  }

  private void readSegments(ByteBuffer header)
      throws IOException, MalformedException, PassedException {
    long offset = bits == 64 ? header.getLong(32) : header.getInt(28) & 0xffff_ffffL;
    int entry = header.getShort(bits == 64 ? 54 : 42) & 0xffff;
    int count = header.getShort(bits == 64 ? 56 : 44) & 0xffff;
    int expected = bits == 64 ? 56 : 32;
    if (entry != expected || count == 0 || count * entry > MAX_PROGRAM_HEADERS) {
      throw new MalformedException(
          count + " program headers of " + entry + " bytes, which Linux refuses");
    }
    ByteBuffer table = at(offset, count * entry, "the program headers");
    for (int i = 0; i < count; i++) {
      ByteBuffer one = slice(table, i * entry);
      segments.add(
          bits == 64
              ? new Segment(one.getInt(0), one.getLong(8), one.getLong(16), one.getLong(32))
              : new Segment(
                  one.getInt(0), number(one, 4, 32), number(one, 8, 32), number(one, 16, 32)));
    }
  }

  private Optional<Segment> first(int type) {
    return segments.stream().filter(s -> s.type == type).findFirst();
  }

  /** As Linux wants it (fs/binfmt_elf.c, load_elf_binary): at most PATH_MAX, the last byte zero. */
  private String interpreter(Segment segment)
      throws IOException, MalformedException, PassedException {
    if (segment.fileSize < 2 || segment.fileSize > MAX_STRING) {
      throw new MalformedException(
          "a loader's name of " + segment.fileSize + " bytes, which Linux refuses");
    }
    ByteBuffer name = at(segment.offset, (int) segment.fileSize, "the loader's name");
    if (name.get(name.limit() - 1) != 0) {
      throw new MalformedException("a loader's name without its end, which Linux refuses");
    }
    return untilNul(name);
  }

  private Elf.Dynamic dynamic(Segment segment)
      throws IOException, MalformedException, PassedException {
    if (segment.fileSize < 0 || segment.fileSize > MAX_DYNAMIC) {
      throw new MalformedException("a dynamic section of " + segment.fileSize + " bytes");
    }
    ByteBuffer section = at(segment.offset, (int) segment.fileSize, "the dynamic section");
    Tags tags = new Tags();
    int width = bits / 8;
    for (int i = 0; i + 2 * width <= section.limit(); i += 2 * width) {
      long tag = number(section, i, bits);
      if (tag == 0) {
        break;
      }
      tags.put(tag, number(section, i + width, bits));
    }
    return tags.resolve();
  }

  /** Entries of the dynamic section, their strings still to be looked up. */
  private final class Tags {
    private static final long NEEDED = 1;
    private static final long STRINGS = 5;
    private static final long STRINGS_SIZE = 10;
    private static final long SONAME = 14;
    private static final long RPATH = 15;
    private static final long RUNPATH = 29;
    private static final long DEFINED = 0x6fff_fffcL;
    private static final long DEFINED_COUNT = 0x6fff_fffdL;
    private static final long REQUIRED = 0x6fff_fffeL;
    private static final long REQUIRED_COUNT = 0x6fff_ffffL;

    private final List<Long> needed = new ArrayList<>();
    private final Map<Long, Long> single = new TreeMap<>();

    void put(long tag, long value) {
      if (tag == NEEDED) {
        needed.add(value);
      } else {
        single.put(tag, value);
      }
    }

    Elf.Dynamic resolve() throws IOException, MalformedException, PassedException {
      Long strings = single.get(STRINGS);
      if (strings == null) {
        return new Elf.Dynamic(
            List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Set.of());
      }
      Strings table = new Strings(offset(strings), single.getOrDefault(STRINGS_SIZE, 0L));
      List<String> names = new ArrayList<>();
      for (long index : needed) {
        names.add(table.get(index));
      }
      return new Elf.Dynamic(
          names,
          string(table, SONAME),
          string(table, RPATH),
          string(table, RUNPATH),
          versionsNeeded(table),
          versionsDefined(table));
    }

    private Optional<String> string(Strings table, long tag)
        throws IOException, MalformedException, PassedException {
      Long index = single.get(tag);
      return index == null ? Optional.empty() : Optional.of(table.get(index));
    }

    private Map<String, Set<String>> versionsNeeded(Strings table)
        throws IOException, MalformedException, PassedException {
      Map<String, Set<String>> versions = new TreeMap<>();
      Chain files = new Chain(REQUIRED, REQUIRED_COUNT);
      for (long file = files.start; files.more(); file = files.after(file, 12)) {
        ByteBuffer one = at(file, 16, "a needed version");
        Set<String> names = new HashSet<>();
        int count = one.getShort(2) & 0xffff;
        long version = file + number(one, 8, 32);
        for (int i = 0; i < count; i++) {
          ByteBuffer name = at(version, 16, "a needed version");
          files.step();
          if ((name.getShort(4) & VER_FLG_WEAK) == 0) {
            names.add(table.get(number(name, 8, 32)));
          }
          version += number(name, 12, 32);
        }
        versions.put(table.get(number(one, 4, 32)), Set.copyOf(names));
      }
      return versions;
    }

    private Set<String> versionsDefined(Strings table)
        throws IOException, MalformedException, PassedException {
      Set<String> versions = new HashSet<>();
      Chain chain = new Chain(DEFINED, DEFINED_COUNT);
      for (long version = chain.start; chain.more(); version = chain.after(version, 16)) {
        ByteBuffer one = at(version, 20, "a defined version");
        if ((one.getShort(2) & VER_FLG_BASE) == 0) {
          ByteBuffer name = at(version + number(one, 12, 32), 8, "a defined version");
          versions.add(table.get(number(name, 0, 32)));
        }
      }
      return versions;
    }

    /** Entries that each say how far on the next one is. */
    private final class Chain {
      final long start;
      private final long count;
      private long seen;
      private int steps;

      Chain(long address, long entries) throws MalformedException {
        Long at = single.get(address);
        this.start = at == null ? 0 : offset(at);
        this.count = at == null ? 0 : single.getOrDefault(entries, 0L);
      }

      boolean more() {
        return seen < count;
      }

      long after(long entry, int field) throws IOException, MalformedException, PassedException {
        step();
        seen++;
        long distance = number(at(entry + field, 4, "a version"), 0, 32);
        // The last entry says 0, whatever the count says.
        seen = distance == 0 ? count : seen;
        return entry + distance;
      }

      void step() throws MalformedException {
        if (++steps > MAX_VERSIONS) {
          throw new MalformedException("more than " + MAX_VERSIONS + " symbol versions");
        }
      }
    }
  }

  /** The string table of the dynamic section. */
  private final class Strings {
    private final long offset;
    private final long size;

    Strings(long offset, long size) {
      this.offset = offset;
      this.size = size;
    }

    String get(long index) throws IOException, MalformedException, PassedException {
      if (index < 0 || index >= size) {
        throw new MalformedException("a string at " + index + " of a table of " + size + " bytes");
      }
      long start = offset + index;
      long most = Math.min(Math.min(MAX_STRING, size - index), bytes.size() - start);
      String string = untilNul(at(start, (int) Math.max(1, most), "a string"));
      stringBytes += string.length();
      if (stringBytes > MAX_STRINGS) {
        throw new MalformedException("names of more than " + MAX_STRINGS + " bytes in all");
      }
      return string;
    }
  }

  /** Where in the file the loader would find what it sees at {@code address}. */
  private long offset(long address) throws MalformedException {
    for (Segment s : segments) {
      if (s.type == PT_LOAD
          && Long.compareUnsigned(address, s.address) >= 0
          && Long.compareUnsigned(address - s.address, s.fileSize) < 0) {
        return s.offset + (address - s.address);
      }
    }
    throw new MalformedException(
        "a table at address 0x" + Long.toHexString(address) + ", which no segment loads");
  }

  private ByteBuffer at(long offset, int length, String what)
      throws IOException, MalformedException, PassedException {
    if (offset < 0 || offset > bytes.size() || length > bytes.size() - offset) {
      throw new MalformedException(what + ": " + length + " bytes at offset "
          + Long.toUnsignedString(offset) + " of a file of " + bytes.size());
    }
    return ByteBuffer.wrap(bytes.read(offset, length)).order(order);
  }

  private ByteBuffer slice(ByteBuffer buffer, int start) {
    return buffer.slice(start, buffer.limit() - start).order(order);
  }

  private static long number(ByteBuffer buffer, int index, int bits) {
    return bits == 64 ? buffer.getLong(index) : buffer.getInt(index) & 0xffff_ffffL;
  }

  private static String untilNul(ByteBuffer buffer) {
    int end = 0;
    while (end < buffer.limit() && buffer.get(end) != 0) {
      end++;
    }
    return new String(buffer.array(), buffer.arrayOffset(), end, StandardCharsets.UTF_8);
  }
}
