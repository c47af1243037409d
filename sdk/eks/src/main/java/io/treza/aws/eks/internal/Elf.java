package io.treza.aws.eks.internal;

import io.treza.eif.Architecture;
import io.treza.image.Content;
import io.treza.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What a program's header says of where it runs (System V gABI, chapters 4 and 5; 64 bits, little
 * endian, as both of Nitro's processors are).
 *
 * @param what it is called in messages
 * @param architecture the processor, if Nitro Enclaves has it
 * @param interpreter the dynamic loader's path, unless it is a static program
 */
public record Elf(String what, Optional<Architecture> architecture, Optional<String> interpreter) {
  // The program headers and the interpreter's name lie in the first page.
  private static final int READ = 1 << 16;
  private static final int HEADER = 64;
  private static final int MAGIC = 0x7f454c46;
  private static final int BITS_64_LITTLE_ENDIAN = 0x0201;
  private static final int PROGRAM_HEADER = 56;
  private static final int INTERPRETER = 3;
  private static final Map<Integer, Architecture> MACHINES =
      Map.of(62, Architecture.X86_64, 183, Architecture.AARCH64);

  /**
   * Reads a program's header.
   *
   * @throws ImageException if it is no program
   */
  public static Elf of(Content program, String what) throws IOException {
    byte[] start;
    try (InputStream in = program.open()) {
      start = in.readNBytes(READ);
    }
    ByteBuffer bytes = ByteBuffer.wrap(start);
    if (start.length < HEADER
        || bytes.getInt(0) != MAGIC
        || bytes.getShort(4) != BITS_64_LITTLE_ENDIAN) {
      throw new ImageException(what + ": no program for 64-bit Linux");
    }
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    try {
      Optional<Architecture> architecture =
          Optional.ofNullable(MACHINES.get(Short.toUnsignedInt(bytes.getShort(18))));
      return new Elf(what, architecture, interpreter(bytes));
    } catch (IndexOutOfBoundsException e) {
      throw new ImageException(what + ": a damaged program; fetch it again", e);
    }
  }

  private static Optional<String> interpreter(ByteBuffer bytes) {
    int headers = Math.toIntExact(Math.min(bytes.getLong(32), READ));
    int count = Short.toUnsignedInt(bytes.getShort(56));
    for (int i = 0; i < count; i++) {
      int at = headers + i * PROGRAM_HEADER;
      if (bytes.getInt(at) == INTERPRETER) {
        int offset = (int) Math.min(bytes.getLong(at + 8), READ);
        int length = (int) Math.min(bytes.getLong(at + 32), READ);
        byte[] name = new byte[Math.max(0, length - 1)];
        bytes.get(offset, name);
        return Optional.of(new String(name, StandardCharsets.ISO_8859_1));
      }
    }
    return Optional.empty();
  }

  /**
   * Checks the processor.
   *
   * @throws ImageException if it is another
   */
  public void require(Architecture wanted) throws ImageException {
    if (architecture.filter(wanted::equals).isEmpty()) {
      throw new ImageException(what + ": a program for "
          + architecture.map(Architecture::kernelName).orElse("another processor")
          + ", and the enclave image is for " + wanted.kernelName());
    }
  }
}
