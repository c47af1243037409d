package io.treza.eif.internal;

import static io.treza.eif.EifSection.Type.CMDLINE;
import static io.treza.eif.EifSection.Type.KERNEL;
import static io.treza.eif.EifSection.Type.METADATA;
import static io.treza.eif.EifSection.Type.RAMDISK;
import static io.treza.eif.EifSection.Type.SIGNATURE;

import io.treza.eif.EifException;
import io.treza.eif.EifFinding;
import io.treza.eif.EifHeader;
import io.treza.eif.EifRule;
import io.treza.eif.EifSection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads an EIF's header and those of its sections by the hypervisor's rules: the file's table says
 * where a section is, and every number is checked against the file's size before it is used.
 *
 * <p>README.md of aws-nitro-enclaves-image-format, "Enclave Image File (EIF) specification".
 */
public final class SectionTable {
  private final FileChannel channel;
  private final long fileSize;
  private final ByteBuffer header;
  private final List<EifSection> sections = new ArrayList<>();
  private final List<EifFinding> findings = new ArrayList<>();

  private SectionTable(FileChannel channel, long fileSize, ByteBuffer header) {
    this.channel = channel;
    this.fileSize = fileSize;
    this.header = header;
  }

  /**
   * Reads the headers, and nothing else.
   *
   * @throws EifException if the file is shorter than a header or begins with another magic
   */
  public static SectionTable read(FileChannel channel, Path file) throws IOException {
    long size = channel.size();
    ByteBuffer header = ByteBuffer.allocate(EifLayout.HEADER_BYTES);
    readFully(channel, header, 0);
    if (header.position() < Integer.BYTES || header.getInt(0) != EifLayout.MAGIC) {
      throw new EifException(file + ": no EIF: it does not begin with .eif; name an enclave image");
    }
    if (header.hasRemaining()) {
      throw new EifException(file
          + ": an EIF's header is 548 bytes, and the file ends after "
          + header.position()
          + "; fetch it again");
    }
    SectionTable table = new SectionTable(channel, size, header);
    table.checkFields();
    table.readSections();
    table.checkPlaces();
    table.checkCounts();
    return table;
  }

  private static void readFully(FileChannel channel, ByteBuffer buffer, long from)
      throws IOException {
    while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
      // reads on
    }
  }

  public EifHeader header() {
    return new EifHeader(
        version(),
        unsigned(EifLayout.FLAGS),
        header.getLong(EifLayout.MEMORY),
        header.getLong(EifLayout.CPUS));
  }

  /** The CRC-32 that the file states. */
  public int statedCrc() {
    return header.getInt(EifLayout.CRC);
  }

  /** Every section that has a place in the file, in file order. */
  public List<EifSection> sections() {
    return List.copyOf(sections);
  }

  /** Everything found wrong, but for the CRC. */
  public List<EifFinding> findings() {
    return List.copyOf(findings);
  }

  private int version() {
    return unsigned(EifLayout.VERSION);
  }

  private int unsigned(int offset) {
    return Short.toUnsignedInt(header.getShort(offset));
  }

  private void add(EifRule rule, long offset, String what) {
    findings.add(new EifFinding(rule, offset, what));
  }

  private void checkFields() {
    if (version() < 2 || version() > 4) {
      add(EifRule.VERSION, EifLayout.VERSION, "version " + version());
    }
    if (header.getShort(EifLayout.RESERVED) != 0) {
      add(EifRule.RESERVED_FIELD, EifLayout.RESERVED, "reserved 16 bits are not zero");
    }
    if (header.getInt(EifLayout.UNUSED) != 0) {
      add(EifRule.RESERVED_FIELD, EifLayout.UNUSED, "reserved 32 bits are not zero");
    }
    int count = unsigned(EifLayout.COUNT);
    if (count < 2 || count > EifLayout.MAX_SECTIONS) {
      add(EifRule.SECTION_COUNT, EifLayout.COUNT, count + " sections");
    }
    for (int i = count; i < EifLayout.MAX_SECTIONS; i++) {
      int row = i * Long.BYTES;
      if (header.getLong(EifLayout.OFFSETS + row) != 0) {
        add(EifRule.TABLE_ROW, EifLayout.OFFSETS + row, "offset in unused row " + i);
      }
      if (header.getLong(EifLayout.SIZES + row) != 0) {
        add(EifRule.TABLE_ROW, EifLayout.SIZES + row, "size in unused row " + i);
      }
    }
  }

  private void readSections() throws IOException {
    int rows = Math.min(unsigned(EifLayout.COUNT), EifLayout.MAX_SECTIONS);
    long previous = 0;
    for (int i = 0; i < rows; i++) {
      int row = EifLayout.OFFSETS + i * Long.BYTES;
      long offset = header.getLong(row);
      if (offset < EifLayout.HEADER_BYTES || offset > fileSize - EifLayout.SECTION_HEADER_BYTES) {
        add(
            EifRule.SECTION_OUTSIDE,
            row,
            "section " + i + " starts at " + Long.toUnsignedString(offset) + " of " + fileSize);
        continue;
      }
      if (offset <= previous) {
        add(
            EifRule.TABLE_ORDER,
            row,
            "section " + i + " starts at " + offset + ", not after " + previous);
      }
      previous = Math.max(previous, offset);
      readSection(i, offset);
    }
    sections.sort(Comparator.comparingLong(EifSection::offset));
    int ramdisks = 0;
    for (int i = 0; i < sections.size(); i++) {
      EifSection s = sections.get(i);
      if (s.type() == RAMDISK) {
        String name = s.name() + " " + ramdisks++;
        sections.set(i, new EifSection(name, RAMDISK, s.offset(), s.size(), s.tableSize()));
      }
    }
  }

  private void readSection(int index, long offset) throws IOException {
    ByteBuffer own = ByteBuffer.allocate(EifLayout.SECTION_HEADER_BYTES);
    readFully(channel, own, offset);
    int number = Short.toUnsignedInt(own.getShort(0));
    EifSection.Type type = EifSection.Type.of(number);
    String name = type.name().toLowerCase(Locale.ROOT);
    if (type == EifSection.Type.UNKNOWN) {
      add(EifRule.SECTION_TYPE, offset, "section " + index + " is of type " + number);
    }
    if (own.getShort(2) != 0) {
      add(
          EifRule.SECTION_FLAGS,
          offset + 2,
          name + " section has flags " + Short.toUnsignedInt(own.getShort(2)));
    }
    long size = own.getLong(4);
    long tableSize = header.getLong(EifLayout.SIZES + index * Long.BYTES);
    if (size != tableSize) {
      add(
          EifRule.SECTION_SIZE,
          EifLayout.SIZES + index * Long.BYTES,
          name + ": " + Long.toUnsignedString(tableSize) + " bytes in the table, "
              + Long.toUnsignedString(size) + " in its header at " + offset);
    }
    long room = fileSize - offset - EifLayout.SECTION_HEADER_BYTES;
    if (size < 0 || size > room) {
      add(
          EifRule.SECTION_TRUNCATED,
          offset + 4,
          name + " of " + Long.toUnsignedString(size) + " bytes where " + room + " are left");
      size = room;
    }
    sections.add(new EifSection(name, type, offset, size, tableSize));
  }

  /** Sections follow one another without a gap, from the header to the end. */
  private void checkPlaces() {
    long end = EifLayout.HEADER_BYTES;
    String before = "the header";
    for (EifSection section : sections) {
      if (section.offset() > end) {
        add(
            EifRule.SECTION_GAP,
            end,
            section.offset() - end + " bytes between " + before + " and " + section.name());
      } else if (section.offset() < end) {
        add(
            EifRule.SECTION_OVERLAP,
            section.offset(),
            section.name() + " starts " + (end - section.offset()) + " bytes before the end of "
                + before);
      }
      end = Math.max(end, section.dataOffset() + section.size());
      before = section.name();
    }
    if (end < fileSize) {
      add(EifRule.TRAILING_DATA, end, fileSize - end + " bytes after " + before);
    }
  }

  private void checkCounts() {
    exactly(1, KERNEL, EifRule.KERNEL_COUNT);
    exactly(1, CMDLINE, EifRule.CMDLINE_COUNT);
    exactly(version() >= 4 ? 1 : 0, METADATA, EifRule.METADATA_COUNT);
    List<EifSection> signatures = all(SIGNATURE);
    if (signatures.size() > (version() >= 3 ? 1 : 0)) {
      add(
          EifRule.SIGNATURE_COUNT,
          signatures.get(signatures.size() - 1).offset(),
          signatures.size() + " signature sections in version " + version());
    }
    for (EifSection signature : signatures) {
      if (signature.size() > EifLayout.MAX_SIGNATURE_BYTES) {
        add(
            EifRule.SIGNATURE_SIZE,
            signature.offset(),
            "signature of " + signature.size() + " bytes");
      }
    }
    if (all(RAMDISK).isEmpty()) {
      add(EifRule.RAMDISK_COUNT, EifLayout.COUNT, "no ramdisk");
    }
    Optional<EifSection> kernel = all(KERNEL).stream().findFirst();
    for (EifSection ramdisk : all(RAMDISK)) {
      if (kernel.isPresent() && ramdisk.offset() < kernel.get().offset()) {
        add(EifRule.RAMDISK_ORDER, ramdisk.offset(), ramdisk.name() + " is before the kernel");
      }
    }
  }

  private void exactly(int count, EifSection.Type type, EifRule rule) {
    List<EifSection> found = all(type);
    if (found.size() != count) {
      long offset =
          found.isEmpty() ? EifLayout.COUNT : found.get(found.size() - 1).offset();
      add(
          rule,
          offset,
          found.size() + " " + type.name().toLowerCase(Locale.ROOT) + " sections in version "
              + version());
    }
  }

  private List<EifSection> all(EifSection.Type type) {
    return sections.stream().filter(s -> s.type() == type).toList();
  }
}
