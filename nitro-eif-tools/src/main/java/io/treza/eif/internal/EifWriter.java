package io.treza.eif.internal;

import io.treza.eif.Architecture;
import io.treza.eif.EifMeasurements;
import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Lays out EIF version 4 and measures it in the same pass.
 *
 * <p>The format is AWS's README.md of aws-nitro-enclaves-image-format, "Enclave Image File (EIF)
 * specification": big-endian, no padding, sections contiguous. The order kernel, command line,
 * metadata, ramdisks is the one AWS's own builders write.
 */
public final class EifWriter {
  /** Bytes before the first section. */
  public static final int HEADER_SIZE = 548;

  private static final int SECTION_HEADER_SIZE = 12;
  private static final int MAX_SECTIONS = 32;
  private static final int CRC_OFFSET = HEADER_SIZE - Integer.BYTES;
  private static final byte[] MAGIC = {'.', 'e', 'i', 'f'};
  private static final short VERSION = 4;
  // The hypervisor ignores both; AWS's builders write these values.
  private static final long DEFAULT_MEMORY = 1L << 30;
  private static final long DEFAULT_CPUS = 2;
  private static final short FLAG_AARCH64 = 1;

  private static final short KERNEL = 1;
  private static final short CMDLINE = 2;
  private static final short RAMDISK = 3;
  private static final short METADATA = 5;

  private record Section(short type, Content content, List<MessageDigest> measuredBy) {}

  /**
   * What a pass over the sections found out.
   *
   * @param header the 548 bytes to put before the sections, CRC included
   */
  public record Result(ByteBuffer header, EifMeasurements measurements) {}

  private final Architecture architecture;
  private final Content kernel;
  private final Content cmdline;
  private final Content metadata;
  private final List<Content> ramdisks;

  public EifWriter(
      Architecture architecture,
      Content kernel,
      Content cmdline,
      Content metadata,
      List<Content> ramdisks) {
    this.architecture = architecture;
    this.kernel = kernel;
    this.cmdline = cmdline;
    this.metadata = metadata;
    this.ramdisks = ramdisks;
  }

  /** Streams every section to {@code out}, which starts at offset {@link #HEADER_SIZE}. */
  public Result writeSections(OutputStream out) throws IOException {
    MessageDigest image = sha384();
    MessageDigest boot = sha384();
    MessageDigest application = sha384();
    List<Section> sections = new ArrayList<>();
    sections.add(new Section(KERNEL, kernel, List.of(image, boot)));
    sections.add(new Section(CMDLINE, cmdline, List.of(image, boot)));
    sections.add(new Section(METADATA, metadata, List.of()));
    for (int i = 0; i < ramdisks.size(); i++) {
      List<MessageDigest> measuredBy = List.of(image, i == 0 ? boot : application);
      sections.add(new Section(RAMDISK, ramdisks.get(i), measuredBy));
    }

    byte[] header = headerWithoutCrc(sections);
    CRC32 crc = new CRC32();
    crc.update(header, 0, CRC_OFFSET);
    byte[] buffer = new byte[1 << 16];
    for (Section section : sections) {
      byte[] sectionHeader = ByteBuffer.allocate(SECTION_HEADER_SIZE)
          .putShort(section.type)
          .putShort((short) 0)
          .putLong(section.content.size())
          .array();
      crc.update(sectionHeader);
      out.write(sectionHeader);
      copy(section, out, crc, buffer);
    }
    ByteBuffer complete = ByteBuffer.wrap(header).putInt(CRC_OFFSET, (int) crc.getValue());
    return new Result(
        complete, new EifMeasurements(extend(image), extend(boot), extend(application)));
  }

  private static void copy(Section section, OutputStream out, CRC32 crc, byte[] buffer)
      throws IOException {
    long total = 0;
    try (InputStream in = section.content.open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        total += n;
        crc.update(buffer, 0, n);
        for (MessageDigest digest : section.measuredBy) {
          digest.update(buffer, 0, n);
        }
        out.write(buffer, 0, n);
      }
    }
    if (total != section.content.size()) {
      throw new IOException(section.content
          + ": changed while being read, from "
          + section.content.size()
          + " to "
          + total
          + " bytes; build again");
    }
  }

  private byte[] headerWithoutCrc(List<Section> sections) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE);
    header
        .put(MAGIC)
        .putShort(VERSION)
        .putShort(architecture == Architecture.AARCH64 ? FLAG_AARCH64 : 0);
    header.putLong(DEFAULT_MEMORY).putLong(DEFAULT_CPUS);
    header.putShort((short) 0).putShort((short) sections.size());
    int offsets = header.position();
    int sizes = offsets + MAX_SECTIONS * Long.BYTES;
    long offset = HEADER_SIZE;
    for (int i = 0; i < sections.size(); i++) {
      long size = sections.get(i).content.size();
      header.putLong(offsets + i * Long.BYTES, offset);
      header.putLong(sizes + i * Long.BYTES, size);
      offset += SECTION_HEADER_SIZE + size;
    }
    return header.array();
  }

  /** A register that was extended once, from zero, with the digest of what it measures. */
  private static String extend(MessageDigest content) {
    MessageDigest register = sha384();
    register.update(new byte[register.getDigestLength()]);
    return HexFormat.of().formatHex(register.digest(content.digest()));
  }

  private static MessageDigest sha384() {
    try {
      return MessageDigest.getInstance("SHA-384");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has SHA-384", e);
    }
  }
}
