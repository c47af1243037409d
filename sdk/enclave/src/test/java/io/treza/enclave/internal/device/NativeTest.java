package io.treza.enclave.internal.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** The C library through foreign functions, where the runtime has them, on real files. */
class NativeTest {
  /** Linux: how many bytes are left to read; answers through a pointer, as the NSM's does. */
  private static final long FIONREAD = 0x541b;

  private static final int ENOENT = 2;
  private static final int ENOTTY = 25;

  @TempDir
  private Path directory;

  @Test
  @EnabledForJreRange(max = JRE.JAVA_21)
  void anOldRuntimeIsToldWhatIsMissing() {
    NsmException e = assertThrows(NsmException.class, () -> DeviceNsm.open(Path.of("/dev/null")));
    assertEquals(Problem.UNSUPPORTED, e.problem());
    assertTrue(e.getMessage().contains("22 or newer"), e.getMessage());
  }

  @Test
  @EnabledForJreRange(minVersion = 22)
  void anIoctlAnswersThroughItsPointer() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[1234]);
    Native library = Native.load();
    Native.Outcome opened = library.open(name(file), 0);
    assertTrue(opened.value() >= 0, opened::toString);
    ByteBuffer answer = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    assertEquals(0, library.ioctl(opened.value(), FIONREAD, answer).value());
    assertEquals(1234, answer.getInt(0));
    assertEquals(0, library.close(opened.value()).value());
    assertTrue(library.close(opened.value()).value() < 0);
  }

  @Test
  @EnabledForJreRange(minVersion = 22)
  void aMissingDeviceIsNamedWithItsErrno() {
    Path nowhere = directory.resolve("nowhere");
    NsmException e = assertThrows(NsmException.class, () -> DeviceNsm.open(nowhere));
    assertEquals(Problem.UNREACHABLE, e.problem());
    assertTrue(
        e.getMessage().contains(nowhere + " cannot be opened (errno " + ENOENT), e::toString);
  }

  @Test
  @EnabledForJreRange(minVersion = 22)
  void aDeviceThatIsNoNsmIsNamedWithItsErrno() throws Exception {
    try (var nsm = DeviceNsm.open(Path.of("/dev/null"))) {
      NsmException e = assertThrows(NsmException.class, nsm::random);
      assertEquals(Problem.UNREACHABLE, e.problem());
      assertTrue(e.getMessage().contains("errno " + ENOTTY), e::toString);
    }
  }

  @Test
  @EnabledForJreRange(minVersion = 22)
  void aClosedDeviceIsAskedNoMore() throws Exception {
    var nsm = DeviceNsm.open(Path.of("/dev/null"));
    nsm.close();
    nsm.close();
    NsmException e = assertThrows(NsmException.class, nsm::random);
    assertEquals(Problem.LOST, e.problem());
  }

  private static ByteBuffer name(Path path) {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(name.length).put(name).flip();
  }
}
