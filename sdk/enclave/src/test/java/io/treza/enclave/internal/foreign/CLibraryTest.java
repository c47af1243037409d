package io.treza.enclave.internal.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** The C library, where the runtime has foreign functions, on a real file. */
class CLibraryTest {
  /** Linux: how many bytes are left to read; answers through a pointer, as the NSM's does. */
  private static final long FIONREAD = 0x541b;

  private static final int EBADF = 9;

  @TempDir
  private Path directory;

  @Test
  @EnabledForJreRange(max = JRE.JAVA_21)
  void anOldRuntimeIsToldWhatIsMissing() {
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, CLibrary::load);
    assertTrue(e.getMessage().contains("22 or newer"), e.getMessage());
  }

  @Test
  @EnabledForJreRange(minVersion = 22)
  void callsTakePointersAndReturnErrno() throws Exception {
    byte[] name = (Files.write(directory.resolve("file"), new byte[1234]) + "\0")
        .getBytes(StandardCharsets.UTF_8);
    ByteBuffer path = ByteBuffer.allocateDirect(name.length).put(name).flip();
    ByteBuffer answer = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    CLibrary library = CLibrary.load();
    CLibrary.Function close = library.function("close", int.class, int.class);
    int file = library
        .variadic("open", 2, int.class, ByteBuffer.class, int.class)
        .call(path, 0)
        .intValue();
    assertTrue(file >= 0);
    assertEquals(
        0,
        library
            .variadic("ioctl", 2, int.class, int.class, long.class, ByteBuffer.class)
            .call(file, FIONREAD, answer)
            .intValue());
    assertEquals(1234, answer.getInt(0));
    assertEquals(0, close.call(file).intValue());
    assertEquals(new CLibrary.Outcome(-1, EBADF), close.call(file));
  }

  @Test
  @EnabledForJreRange(minVersion = 22)
  void aFunctionThatIsNotThereIsNamed() {
    CLibrary library = CLibrary.load();
    UnsupportedOperationException e = assertThrows(
        UnsupportedOperationException.class, () -> library.function("no_such_function", int.class));
    assertTrue(e.getMessage().contains("no_such_function"), e.getMessage());
  }
}
