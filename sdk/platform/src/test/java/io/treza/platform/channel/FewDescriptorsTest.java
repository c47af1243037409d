package io.treza.platform.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.ClassPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An ingress in a process that may have fewer descriptors than it is asked for. */
@Timeout(120)
class FewDescriptorsTest {
  /** A JVM has some fifty of its own. */
  private static final int LIMIT = 150;

  private static final int TOO_MANY = 200;

  /** The process: takes the port of a program in the enclave's place, prints its own. */
  public static void main(String[] arguments) throws Exception {
    Ingress ingress = Ingress.builder(EnclaveTransport.loopback(), Integer.parseInt(arguments[0]))
        .start();
    System.out.println(ingress.address().getPort());
    System.in.read();
    ingress.close();
  }

  @Test
  void clientsWithoutADescriptorAreRefusedAndLaterOnesServed() throws Exception {
    try (ServerSocketChannel inside = ServerSocketChannel.open()) {
      inside.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 2 * TOO_MANY);
      Thread echo = new Thread(() -> greetForEver(inside));
      echo.start();
      Process process = ingress(((InetSocketAddress) inside.getLocalAddress()).getPort());
      try {
        InetSocketAddress address = new InetSocketAddress(
            InetAddress.getLoopbackAddress(), Integer.parseInt(process.inputReader().readLine()));
        // Classes of a build lie in files of their own, which take a descriptor to load.
        served(address).close();
        List<SocketChannel> clients = new ArrayList<>();
        for (int i = 0; i < TOO_MANY; i++) {
          clients.add(SocketChannel.open(address));
        }
        assertEquals("x", Bytes.read(clients.get(0), 1));
        for (SocketChannel client : clients) {
          client.close();
        }
        // Those that wait to be accepted are in front of it, and are gone by now.
        try (SocketChannel later = served(address)) {
          assertTrue(later.isConnected());
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      Bytes.end(inside);
      echo.join();
    }
  }

  /** Also while the descriptors of those before are being closed. */
  private static SocketChannel served(InetSocketAddress address) throws IOException {
    while (true) {
      SocketChannel client = SocketChannel.open(address);
      try {
        if (client.read(ByteBuffer.allocate(1)) == 1) {
          return client;
        }
      } catch (IOException e) {
        // Refused by a reset.
      }
      client.close();
    }
  }

  private static void greetForEver(ServerSocketChannel server) {
    try {
      while (true) {
        try (SocketChannel connection = server.accept()) {
          connection.write(ByteBuffer.wrap(new byte[] {'x'}));
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static Process ingress(int port) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            "sh",
            "-c",
            "ulimit -n " + LIMIT + " && exec \"$@\"",
            "sh",
            java,
            "-cp",
            ClassPath.text(),
            FewDescriptorsTest.class.getName(),
            Integer.toString(port))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
