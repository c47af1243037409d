package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import io.treza.enclave.AttestedHttpsServer;
import io.treza.enclave.EgressProxy;
import io.treza.enclave.EnclaveIdentity;
import io.treza.enclave.Nsm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;

/** A workload by the in-enclave library, as a process of its own. */
final class StandInWorkload {
  private StandInWorkload() {}

  /** Takes the port to serve and one to connect to as soon as it does. */
  public static void main(String[] ports) throws IOException {
    EnclaveIdentity identity =
        EnclaveIdentity.builder(Nsm.agent()).host("orders.example.com").build();
    AttestedHttpsServer.builder(identity)
        .port(Integer.parseInt(ports[0]))
        .handle("/hello", exchange -> answer(exchange, "hello"))
        .handle("/bank", exchange -> answer(exchange, bank()))
        .handle("/stop", exchange -> {
          answer(exchange, "bye");
          Runtime.getRuntime().halt(5);
        })
        .start();
    new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(ports[1])).close();
  }

  private static String bank() throws IOException {
    try (Socket bank =
        EgressProxy.fromEnvironment().connect("bank.example.com", 443, Duration.ofSeconds(30))) {
      return new String(bank.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
