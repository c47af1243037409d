package io.treza.eif;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Lays out any EIF, right or wrong, byte by byte and independently of the code under test. */
final class BrokenEif {
  static final int KERNEL = 1;
  static final int CMDLINE = 2;
  static final int RAMDISK = 3;
  static final int SIGNATURE = 4;
  static final int METADATA = 5;
  static final String JSON = "{\"ImageName\":\"n\",\"ImageVersion\":\"v\",\"BuildMetadata\":{"
      + "\"BuildTime\":\"t\",\"BuildTool\":\"b\",\"BuildToolVersion\":\"1\",\"OperatingSystem\":"
      + "\"Linux\",\"KernelVersion\":\"6\"},\"DockerInfo\":null,\"CustomMetadata\":null}";

  private record Part(int type, byte[] data) {}

  private final List<Part> parts = new ArrayList<>();

  /** Kernel at 548, command line at 566, metadata at 583 and a ramdisk after it. */
  static BrokenEif whole() {
    return new BrokenEif()
        .with(KERNEL, "kernel")
        .with(CMDLINE, "quiet")
        .with(METADATA, JSON)
        .with(RAMDISK, "ram0");
  }

  BrokenEif with(int type, String data) {
    return with(type, data.getBytes(StandardCharsets.UTF_8));
  }

  BrokenEif with(int type, byte[] data) {
    parts.add(new Part(type, data));
    return this;
  }

  BrokenEif without(int type) {
    parts.removeIf(p -> p.type == type);
    return this;
  }

  BrokenEif replace(int type, byte[] data) {
    parts.replaceAll(p -> p.type == type ? new Part(type, data) : p);
    return this;
  }

  /** The file, with a right CRC. */
  byte[] bytes() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    ByteBuffer header = ByteBuffer.allocate(548).put(new byte[] {'.', 'e', 'i', 'f', 0, 4});
    header.putLong(8, 1L << 30).putLong(16, 2).putShort(26, (short) parts.size());
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (i < 32) {
        header.putLong(28 + 8 * i, 548 + body.size()).putLong(284 + 8 * i, part.data.length);
      }
      body.writeBytes(ByteBuffer.allocate(12)
          .putShort((short) part.type)
          .putShort((short) 0)
          .putLong(part.data.length)
          .array());
      body.writeBytes(part.data);
    }
    ByteBuffer file = ByteBuffer.allocate(548 + body.size()).put(header.array());
    return withCrc(file.put(body.toByteArray()).array());
  }

  /** The same bytes with the CRC they need. */
  static byte[] withCrc(byte[] file) {
    CRC32 crc = new CRC32();
    crc.update(file, 0, 544);
    crc.update(file, 548, file.length - 548);
    ByteBuffer.wrap(file).putInt(544, (int) crc.getValue());
    return file;
  }

  EifFile open(Path directory) throws IOException {
    return EifFile.open(Files.write(directory.resolve("a.eif"), bytes()));
  }
}
