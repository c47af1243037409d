package io.treza.enclave.internal.vsock;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.testsupport.Requirement;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;

/** The loopback interface of a network that nobody has raised yet, as an enclave's. */
@Timeout(60)
@EnabledForJreRange(minVersion = 22)
class LoopbackTest {
  @Test
  void raisesAnInterfaceThatIsDown() throws Exception {
    Requirement.require(isolated("true").waitFor() == 0, "this user cannot unshare a network");
    Process program = isolated(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        where(Program.class) + File.pathSeparator + where(Loopback.class),
        Program.class.getName());
    String said = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, program.waitFor(), said);
    assertEquals("down, up", said.strip());
  }

  private static String where(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
        .toString();
  }

  private static Process isolated(String... command) throws IOException {
    String[] all = new String[command.length + 2];
    all[0] = "unshare";
    all[1] = "--net";
    System.arraycopy(command, 0, all, 2, command.length);
    return new ProcessBuilder(all)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** What runs there. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws IOException {
      String before = reachesItself() ? "up" : "down";
      Loopback.raise();
      Loopback.raise();
      System.out.println(before + ", " + (reachesItself() ? "up" : "down"));
    }

    private static boolean reachesItself() throws IOException {
      InetAddress address = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      try (ServerSocket server = new ServerSocket(0, 1, address);
          Socket client = new Socket(address, server.getLocalPort())) {
        return client.isConnected();
      } catch (IOException e) {
        return false;
      }
    }
  }
}
