package io.treza.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The demo's workload: a static Linux program for x86-64, written byte by byte so that the demo
 * needs no compiler. It prints one line and then waits for signals for ever.
 *
 * <p>Layout (ELF-64, System V gABI): a 64-byte header, one 56-byte program header that maps the
 * whole file readable and executable, the code, the text.
 */
final class DemoProgram {
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int ENTRY = HEADER + PROGRAM_HEADER;
  private static final long BASE = 0x400000;

  private DemoProgram() {}

  /** The program; it prints {@code line}. */
  static byte[] elf(String line) {
    byte[] text = (line + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] code = code(text.length);
    int size = ENTRY + code.length + text.length;
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    out.putShort((short) 2); // an executable
    out.putShort((short) 62); // for x86-64
    out.putInt(1);
    out.putLong(BASE + ENTRY);
    out.putLong(HEADER); // where the program header is
    out.putLong(0); // no section headers
    out.putInt(0);
    out.putShort((short) HEADER);
    out.putShort((short) PROGRAM_HEADER);
    out.putShort((short) 1);
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0);

    out.putInt(1); // load
    out.putInt(5); // readable and executable, not writable
    out.putLong(0);
    out.putLong(BASE).putLong(BASE);
    out.putLong(size).putLong(size);
    out.putLong(0x1000);

    out.put(code).put(text);
    return out.array();
  }

  private static byte[] code(int textLength) {
    ByteBuffer code = ByteBuffer.allocate(33).order(ByteOrder.LITTLE_ENDIAN);
    code.put((byte) 0xb8).putInt(1); // mov eax, 1: write
    code.put((byte) 0xbf).putInt(1); // mov edi, 1: to standard output
    code.put(new byte[] {0x48, (byte) 0x8d, 0x35}); // lea rsi, [rip + distance to the text]
    code.putInt(code.capacity() - (code.position() + 4));
    code.put((byte) 0xba).putInt(textLength); // mov edx, its length
    code.put(new byte[] {0x0f, 0x05}); // syscall
    code.put((byte) 0xb8).putInt(34); // mov eax, 34: pause
    code.put(new byte[] {0x0f, 0x05}); // syscall
    code.put(new byte[] {(byte) 0xeb, (byte) 0xf7}); // back to the second mov eax
    return code.array();
  }
}
