package io.treza.samples.channel.benchmark;

import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.channel.Ingress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process with one ingress and nothing else, so that what it uses is what an ingress uses. */
final class Forwarding {
  private Forwarding() {}

  /**
   * Takes where the enclave is: {@code unix PATH}, where {@code CONNECT} comes first; {@code loopback
   * PORT}; or {@code port PATH}, a Unix socket that is one port of it. Prints the port it listens on,
   * and for each line that it reads the bytes of heap in use after a collection.
   */
  public static void main(String[] arguments) throws IOException {
    String where = arguments[1];
    EnclaveTransport transport = switch (arguments[0]) {
      case "unix" -> EnclaveTransport.unixSocket(Path.of(where));
      case "loopback" -> EnclaveTransport.loopback();
      default -> new OnePort(Path.of(where));
    };
    int port = arguments[0].equals("loopback") ? Integer.parseInt(where) : 8443;
    try (Ingress ingress =
            Ingress.builder(transport, port).maxConnections(1_000_000).start();
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println(ingress.address().getPort());
      while (in.readLine() != null) {
        System.gc();
        System.out.println(
            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      }
    }
  }
}
