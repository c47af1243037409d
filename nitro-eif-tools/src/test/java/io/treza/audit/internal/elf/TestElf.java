package io.treza.audit.internal.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes small ELF files: headers, the tables that tests are about, and no code. */
public final class TestElf {
  private static final long BASE = 0x400000;

  private int machine = Elf.X86_64;
  private int bits = 64;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
  private Optional<String> interpreter = Optional.empty();
  private boolean dynamic;
  private int padding;
  private final List<String> needed = new ArrayList<>();
  private final Map<Integer, String> names = new LinkedHashMap<>();
  private final Map<String, List<String>> versionsNeeded = new LinkedHashMap<>();
  private final List<String> versionsDefined = new ArrayList<>();

  /** A program without loader or libraries. */
  public static TestElf program() {
    return new TestElf();
  }

  /** A program that a loader loads. */
  public static TestElf program(String loader, String... libraries) {
    TestElf elf = library(libraries);
    elf.interpreter = Optional.of(loader);
    return elf;
  }

  /** A shared library, or a program linked statically that can be loaded anywhere. */
  public static TestElf library(String... libraries) {
    TestElf elf = new TestElf();
    elf.dynamic = true;
    elf.needed.addAll(List.of(libraries));
    return elf;
  }

  public TestElf machine(int machine) {
    this.machine = machine;
    return this;
  }

  public TestElf bits32() {
    this.bits = 32;
    return this;
  }

  public TestElf bigEndian() {
    this.order = ByteOrder.BIG_ENDIAN;
    return this;
  }

  public TestElf soname(String name) {
    names.put(14, name);
    return this;
  }

  public TestElf rpath(String directories) {
    names.put(15, directories);
    return this;
  }

  public TestElf runpath(String directories) {
    names.put(29, directories);
    return this;
  }

  public TestElf needsVersion(String library, String... versions) {
    versionsNeeded.put(library, List.of(versions));
    return this;
  }

  public TestElf definesVersion(String... versions) {
    versionsDefined.addAll(List.of(versions));
    return this;
  }

  /** Zeros between the strings and the dynamic section, as code would lie there. */
  public TestElf padding(int bytes) {
    this.padding = bytes;
    return this;
  }

  public byte[] bytes() {
    int headerSize = bits == 64 ? 64 : 52;
    int entrySize = bits == 64 ? 56 : 32;
    int tables = headerSize + 3 * entrySize;
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    strings.write(0);
    List<long[]> tags = new ArrayList<>();
    needed.forEach(n -> tags.add(new long[] {1, add(strings, n)}));
    names.forEach((tag, n) -> tags.add(new long[] {tag, add(strings, n)}));
    byte[] required = required(strings);
    byte[] defined = defined(strings);
    byte[] loader = interpreter.map(i -> (i + "\0").getBytes(ISO_8859_1)).orElse(new byte[0]);
    int loaderAt = tables;
    int stringsAt = loaderAt + loader.length;
    int requiredAt = stringsAt + strings.size();
    int definedAt = requiredAt + required.length;
    int dynamicAt = definedAt + defined.length + padding;
    tags.add(new long[] {5, BASE + stringsAt});
    tags.add(new long[] {10, strings.size()});
    if (required.length > 0) {
      tags.add(new long[] {0x6ffffffeL, BASE + requiredAt});
      tags.add(new long[] {0x6fffffffL, versionsNeeded.size()});
    }
    if (defined.length > 0) {
      tags.add(new long[] {0x6ffffffcL, BASE + definedAt});
      tags.add(new long[] {0x6ffffffdL, versionsDefined.size()});
    }
    tags.add(new long[] {0, 0});
    int dynamicSize = dynamic ? tags.size() * bits / 4 : 0;
    int size = dynamicAt + dynamicSize;

    ByteBuffer out = ByteBuffer.allocate(size).order(order);
    out.put(
        new byte[] {0x7f, 'E', 'L', 'F', (byte) (bits / 32), (byte) (littleEndian() ? 1 : 2), 1});
    out.position(16);
    out.putShort((short) (dynamic ? 3 : 2)).putShort((short) machine).putInt(1);
    word(out, BASE); // entry
    word(out, headerSize);
    word(out, 0); // sections
    out.putInt(0).putShort((short) headerSize).putShort((short) entrySize);
    out.putShort((short) (1 + (interpreter.isPresent() ? 1 : 0) + (dynamic ? 1 : 0)));
    out.position(headerSize);
    segment(out, 1, 0, size);
    if (interpreter.isPresent()) {
      segment(out, 3, loaderAt, loader.length);
    }
    if (dynamic) {
      segment(out, 2, dynamicAt, dynamicSize);
    }
    out.position(loaderAt);
    out.put(loader).put(strings.toByteArray()).put(required).put(defined);
    out.position(dynamicAt);
    if (dynamic) {
      for (long[] tag : tags) {
        word(out, tag[0]);
        word(out, tag[1]);
      }
    }
    return out.array();
  }

  private boolean littleEndian() {
    return order == ByteOrder.LITTLE_ENDIAN;
  }

  private void word(ByteBuffer out, long value) {
    if (bits == 64) {
      out.putLong(value);
    } else {
      out.putInt((int) value);
    }
  }

  private void segment(ByteBuffer out, int type, long offset, long length) {
    if (bits == 64) {
      out.putInt(type).putInt(4).putLong(offset).putLong(BASE + offset).putLong(BASE + offset);
      out.putLong(length).putLong(length).putLong(8);
    } else {
      out.putInt(type).putInt((int) offset).putInt((int) (BASE + offset)).putInt(0);
      out.putInt((int) length).putInt((int) length).putInt(4).putInt(8);
    }
  }

  private byte[] required(ByteArrayOutputStream strings) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int left = versionsNeeded.size();
    for (Map.Entry<String, List<String>> library : versionsNeeded.entrySet()) {
      List<String> versions = library.getValue();
      ByteBuffer table = ByteBuffer.allocate(16 + 16 * versions.size()).order(order);
      table.putShort((short) 1).putShort((short) versions.size());
      table.putInt((int) add(strings, library.getKey())).putInt(16);
      table.putInt(--left == 0 ? 0 : table.capacity());
      for (int i = 0; i < versions.size(); i++) {
        boolean weak = versions.get(i).startsWith("weak:");
        String name = versions.get(i).replace("weak:", "");
        table.putInt(0).putShort((short) (weak ? 2 : 0)).putShort((short) (i + 2));
        table.putInt((int) add(strings, name)).putInt(i + 1 == versions.size() ? 0 : 16);
      }
      out.writeBytes(table.array());
    }
    return out.toByteArray();
  }

  private byte[] defined(ByteArrayOutputStream strings) {
    ByteBuffer table = ByteBuffer.allocate(28 * versionsDefined.size()).order(order);
    for (int i = 0; i < versionsDefined.size(); i++) {
      table.putShort((short) 1).putShort((short) 0).putShort((short) (i + 2)).putShort((short) 1);
      table.putInt(0).putInt(20).putInt(i + 1 == versionsDefined.size() ? 0 : 28);
      table.putInt((int) add(strings, versionsDefined.get(i))).putInt(0);
    }
    return table.array();
  }

  private static long add(ByteArrayOutputStream strings, String string) {
    long index = strings.size();
    strings.writeBytes((string + "\0").getBytes(ISO_8859_1));
    return index;
  }
}
