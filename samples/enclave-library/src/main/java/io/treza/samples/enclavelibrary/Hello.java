package io.treza.samples.enclavelibrary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.enclave.AttestedHttpsServer;
import io.treza.enclave.EnclaveIdentity;
import io.treza.enclave.Nsm;
import java.io.IOException;

/** A whole service in an enclave: HTTPS with a key that its evidence binds. */
public final class Hello {
  private Hello() {}

  /** Serves on port 8443 of the loopback address, to which ingress leads. */
  public static void main(String[] arguments) throws IOException {
    EnclaveIdentity identity =
        EnclaveIdentity.builder(Nsm.agent()).host("orders.example.com").build();
    AttestedHttpsServer.builder(identity)
        .port(8443)
        .handle("/hello", exchange -> {
          try (exchange) {
            byte[] hello = "hello".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, hello.length);
            exchange.getResponseBody().write(hello);
          }
        })
        .start();
  }
}
