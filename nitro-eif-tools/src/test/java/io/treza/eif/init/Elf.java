package io.treza.eif.init;

import io.treza.eif.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Just enough of an ELF program (System V ABI, chapter 4) for Linux to refuse it for one reason. */
final class Elf {
  private Elf() {}

  /** The number of the machine that the test runs on. */
  static int here() {
    return Enclave.machine() == Architecture.X86_64 ? 62 : 183;
  }

  /**
   * A program.
   *
   * @param loader the loader that it asks for; empty for none
   */
  static byte[] program(int machine, String loader) {
    byte[] name = (loader + "\0").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer elf = ByteBuffer.allocate(64 + 56 + name.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    elf.putShort((short) 2).putShort((short) machine).putInt(1);
    elf.putLong(0).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) (loader.isEmpty() ? 0 : 1));
    // The one segment: PT_INTERP.
    elf.position(64);
    elf.putInt(3).putInt(4).putLong(120).putLong(0).putLong(0);
    elf.putLong(name.length).putLong(name.length).putLong(1);
    elf.put(name);
    return elf.array();
  }
}
