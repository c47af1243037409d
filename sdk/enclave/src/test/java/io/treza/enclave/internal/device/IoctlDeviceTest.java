package io.treza.enclave.internal.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** What a device that cannot be used says; one that can be is in an enclave. */
class IoctlDeviceTest {
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
}
