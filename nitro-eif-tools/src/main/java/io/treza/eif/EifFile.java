package io.treza.eif;

import io.treza.eif.internal.EifLayout;
import io.treza.eif.internal.PcrHasher;
import io.treza.eif.internal.SectionTable;
import io.treza.eif.internal.SignatureSection;
import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * An enclave image file as the hypervisor reads it, with everything that is wrong with it.
 *
 * <p>{@link #open} reads the file once, from start to end, in constant memory. AWS's own reader
 * ignores the file's table of sections; this one holds the table and the sections' headers against
 * each other, so that a file without {@link #violations} is one image to every reader.
 */
public final class EifFile {
  private static final int MAX_METADATA_BYTES = 1 << 20;
  // With one of these, readers measure different bytes.
  private static final Set<EifRule> AMBIGUOUS = EnumSet.of(
      EifRule.SECTION_COUNT,
      EifRule.SECTION_OUTSIDE,
      EifRule.SECTION_TRUNCATED,
      EifRule.SECTION_TYPE,
      EifRule.SECTION_OVERLAP,
      EifRule.TABLE_ORDER,
      EifRule.KERNEL_COUNT,
      EifRule.CMDLINE_COUNT,
      EifRule.RAMDISK_ORDER);

  private final Path path;
  private final EifHeader header;
  private final List<EifSection> sections;
  private final List<EifFinding> violations;
  private final Optional<EifMeasurements> measurements;
  private final Optional<SignatureCheck> signature;

  private EifFile(
      Path path,
      SectionTable table,
      List<EifFinding> violations,
      Optional<EifMeasurements> unsigned)
      throws IOException {
    this.path = path;
    this.header = table.header();
    this.sections = table.sections();
    this.violations = violations;
    Optional<EifSection> section = find(EifSection.Type.SIGNATURE);
    this.signature = section.isEmpty()
        ? Optional.empty()
        : Optional.of(
            SignatureSection.check(read(section.get(), EifLayout.MAX_SIGNATURE_BYTES), unsigned));
    this.measurements = unsigned.map(m -> signature
        .flatMap(SignatureCheck::certificate)
        .map(certificate -> m.withPcr8(EifMeasurements.pcr8(certificate)))
        .orElse(m));
  }

  /**
   * Reads a file.
   *
   * @throws EifException if it is no EIF: no regular file, shorter than a header, or of another
   *     magic. Whatever else is wrong is one of the {@link #violations}
   * @throws IOException if it cannot be read
   */
  public static EifFile open(Path file) throws IOException {
    // A pipe would be waited for, and cannot be read twice.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new EifException(file + ": no regular file; name an enclave image");
    }
    try (FileChannel channel = FileChannel.open(file)) {
      SectionTable table = SectionTable.read(channel, file);
      List<EifFinding> violations = new ArrayList<>(table.findings());
      CRC32 crc = new CRC32();
      EifMeasurements measured = pass(channel, table.sections(), crc);
      if ((int) crc.getValue() != table.statedCrc()) {
        violations.add(new EifFinding(
            EifRule.CRC,
            EifLayout.HEADER_BYTES - Integer.BYTES,
            "%08x stated, %08x computed".formatted(table.statedCrc(), crc.getValue())));
      }
      Optional<EifMeasurements> unambiguous =
          isAmbiguous(table) ? Optional.empty() : Optional.of(measured);
      return new EifFile(file, table, List.copyOf(violations), unambiguous);
    }
  }

  private static boolean isAmbiguous(SectionTable table) {
    return table.findings().stream().anyMatch(f -> AMBIGUOUS.contains(f.rule()))
        || table.sections().stream()
            .anyMatch(s -> s.type().isMeasured() && s.size() != s.tableSize());
  }

  /** Reads the file once: all but the CRC field into the CRC, measured data into the registers. */
  private static EifMeasurements pass(FileChannel channel, List<EifSection> sections, CRC32 crc)
      throws IOException {
    try (PcrHasher hasher = new PcrHasher()) {
      List<PcrHasher.Destination> registers =
          sections.stream().map(s -> hasher.section(s.type())).toList();
      int crcField = EifLayout.HEADER_BYTES - Integer.BYTES;
      long position = 0;
      ByteBuffer buffer = ByteBuffer.wrap(hasher.buffer());
      while (channel.read(buffer.limit(limit(position, crcField, buffer)), position) > 0) {
        int n = buffer.position();
        crc.update(buffer.array(), 0, n);
        for (int i = 0; i < sections.size(); i++) {
          EifSection section = sections.get(i);
          long from = Math.max(position, section.dataOffset());
          long to = Math.min(position + n, section.dataOffset() + section.size());
          if (from < to) {
            hasher.update(registers.get(i), (int) (from - position), (int) (to - from));
          }
        }
        position += n;
        if (position == crcField) {
          position = EifLayout.HEADER_BYTES;
        }
        buffer = ByteBuffer.wrap(hasher.buffer());
      }
      return hasher.finish();
    }
  }

  /** Reads end where the CRC field starts. */
  private static int limit(long position, int crcField, ByteBuffer buffer) {
    return position < crcField ? (int) (crcField - position) : buffer.capacity();
  }

  public Path path() {
    return path;
  }

  public EifHeader header() {
    return header;
  }

  /** The sections that have a place in the file, in file order. */
  public List<EifSection> sections() {
    return sections;
  }

  /** The first section of a type. */
  public Optional<EifSection> find(EifSection.Type type) {
    return sections.stream().filter(s -> s.type() == type).findFirst();
  }

  /** The data of one of the {@link #sections}, read from the file when opened. */
  public Content content(EifSection section) {
    return Content.of(path, section.dataOffset(), section.size());
  }

  /** How the file breaks the format's rules; none means that it boots and reads one way only. */
  public List<EifFinding> violations() {
    return violations;
  }

  /** Whether a rule is broken. */
  public boolean violates(EifRule rule) {
    return violations.stream().anyMatch(f -> f.rule() == rule);
  }

  /**
   * The registers it boots with, PCR8 if a certificate could be read. Nothing if a violation leaves
   * open which bytes are measured.
   */
  public Optional<EifMeasurements> measurements() {
    return measurements;
  }

  /** What the first signature is worth, checked against the measured PCR0; nothing if unsigned. */
  public Optional<SignatureCheck> signature() {
    return signature;
  }

  /**
   * The first metadata section as text, which nothing vouches for.
   *
   * @throws EifException if it is over 1 MiB
   */
  public Optional<String> metadata() throws IOException {
    Optional<EifSection> section = find(EifSection.Type.METADATA);
    if (section.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = read(section.get(), MAX_METADATA_BYTES);
    if (bytes.length < section.get().size()) {
      throw new EifException(
          path.toString(),
          new EifFinding(
              EifRule.METADATA_JSON,
              section.get().dataOffset(),
              section.get().size() + " bytes of metadata"));
    }
    return Optional.of(new String(bytes, StandardCharsets.UTF_8));
  }

  private byte[] read(EifSection section, int limit) throws IOException {
    try (InputStream in = content(section).open()) {
      return in.readNBytes(limit);
    }
  }
}
