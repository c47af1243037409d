package io.treza.eif.internal;

import io.treza.eif.EifHeader;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSection;
import io.treza.image.Content;
import io.treza.image.internal.UncachedOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Lays out an EIF and measures it in the same pass.
 *
 * <p>The format is AWS's README.md of aws-nitro-enclaves-image-format, "Enclave Image File (EIF)
 * specification": big-endian, no padding, sections contiguous.
 *
 * @param sections in file order
 */
public record EifWriter(EifHeader fields, List<Section> sections) {
  /** A section to write. */
  public record Section(EifSection.Type type, Content content) {}

  /**
   * Writes the file, replacing {@code target} in one step once it is complete.
   *
   * @throws IOException if a part changes or cannot be read, or the file cannot be written; {@code
   *     target} is then as it was
   */
  public EifMeasurements write(Path target, Check check) throws IOException {
    return AtomicFile.write(target, (file, channel) -> {
      Result result;
      try (OutputStream out = new UncachedOutput(file, channel)) {
        out.write(new byte[EifLayout.HEADER_BYTES]);
        result = writeSections(out);
      }
      check.of(result.measurements);
      channel.position(0);
      while (result.header.hasRemaining()) {
        channel.write(result.header);
      }
      return result.measurements;
    });
  }

  /** Looks at what was written before it gets its name. */
  @FunctionalInterface
  public interface Check {
    void of(EifMeasurements measured) throws IOException;
  }

  /** Computes what {@link #write} would return, by the same pass over the parts. */
  public EifMeasurements measure() throws IOException {
    return writeSections(OutputStream.nullOutputStream()).measurements;
  }

  private record Result(ByteBuffer header, EifMeasurements measurements) {}

  private Result writeSections(OutputStream out) throws IOException {
    byte[] header = headerWithoutCrc();
    CRC32 crc = new CRC32();
    crc.update(header, 0, EifLayout.CRC);
    try (PcrHasher hasher = new PcrHasher()) {
      for (Section section : sections) {
        byte[] sectionHeader = ByteBuffer.allocate(EifLayout.SECTION_HEADER_BYTES)
            .putShort((short) section.type.number())
            .putShort((short) 0)
            .putLong(section.content.size())
            .array();
        crc.update(sectionHeader);
        out.write(sectionHeader);
        copy(section, out, crc, hasher);
      }
      ByteBuffer complete = ByteBuffer.wrap(header).putInt(EifLayout.CRC, (int) crc.getValue());
      return new Result(complete, hasher.finish());
    }
  }

  private static void copy(Section section, OutputStream out, CRC32 crc, PcrHasher hasher)
      throws IOException {
    Content content = section.content;
    PcrHasher.Destination registers = hasher.section(section.type);
    long total = 0;
    try (InputStream in = content.open()) {
      byte[] buffer = hasher.buffer();
      for (int n = in.readNBytes(buffer, 0, buffer.length);
          n > 0;
          n = in.readNBytes(buffer, 0, buffer.length)) {
        hasher.update(registers, 0, n);
        crc.update(buffer, 0, n);
        out.write(buffer, 0, n);
        total += n;
        buffer = hasher.buffer();
      }
    }
    if (total != content.size()) {
      throw new IOException(content
          + ": changed while being read, from "
          + content.size()
          + " to "
          + total
          + " bytes; build again");
    }
  }

  private byte[] headerWithoutCrc() {
    ByteBuffer header = ByteBuffer.allocate(EifLayout.HEADER_BYTES);
    header.putInt(EifLayout.MAGIC).putShort((short) fields.version()).putShort((short)
        fields.flags());
    header.putLong(fields.defaultMemory()).putLong(fields.defaultCpus());
    header.putShort(EifLayout.COUNT, (short) sections.size());
    long offset = EifLayout.HEADER_BYTES;
    for (int i = 0; i < sections.size(); i++) {
      long size = sections.get(i).content.size();
      header.putLong(EifLayout.OFFSETS + i * Long.BYTES, offset);
      header.putLong(EifLayout.SIZES + i * Long.BYTES, size);
      offset += EifLayout.SECTION_HEADER_BYTES + size;
    }
    return header.array();
  }
}
