package io.treza.platform.internal.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.platform.QemuBackend;
import io.treza.platform.TrezaPlatform;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.Wait;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who creates an enclave over the API reaches its workload where the record says, and it reaches out. */
@Timeout(300)
class ReachedTest {
  private static final int PORT = 8443;
  private static final Wait LONG = Wait.atMost(Duration.ofMinutes(4));

  @TempDir
  private Path directory;

  private static TestImage image(Emulation emulation) throws Exception {
    return new TestImage()
        .file("channels", 0755, emulation.program("channels"))
        .expose(PORT + "/tcp")
        .label("io.treza.egress", "*.example.com:443")
        .entrypoint("/channels");
  }

  private static CreateEnclaveRequest.Builder request() {
    return CreateEnclaveRequest.builder("oci:channels")
        .name("channels")
        .description("answers commands")
        .region("eu-west-1");
  }

  private static InetSocketAddress endpoint(Enclave enclave) {
    InetSocketAddress address =
        Optional.ofNullable(enclave.endpoints().get(PORT)).orElseThrow();
    return new InetSocketAddress(address.getHostString(), address.getPort());
  }

  private static Socket command(InetSocketAddress address, String line) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.getOutputStream().write((line + "\n").getBytes(US_ASCII));
    return socket;
  }

  private static String ask(Enclave enclave, String line) throws IOException {
    try (Socket socket = command(endpoint(enclave), line)) {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  private static void await(Enclave enclave) throws Exception {
    while (true) { // the record says so a moment before the program listens
      try {
        if (ask(enclave, "proxy").startsWith("http://")) {
          return;
        }
      } catch (IOException e) {
        // reset: nobody listens yet
      }
      Thread.sleep(50);
    }
  }

  private static ServerSocket host() throws IOException {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(
        () -> {
          while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
              socket.getOutputStream().write("from the host".getBytes(US_ASCII));
            } catch (IOException e) {
              // The test is over.
            }
          }
        },
        "host");
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  @Test
  void itIsReachedAndReachesOutAsFarAsImageAndRequestSay() throws Exception {
    Emulation emulation = Emulation.in(directory);
    image(emulation).write(emulation.images().resolve("channels"));
    try (ServerSocket host = host()) {
      QemuBackend backend = emulation
          .backend()
          .egress(e -> e.resolve(
              "api.example.com:443",
              new InetSocketAddress(host.getInetAddress(), host.getLocalPort())))
          .build();
      try (TrezaPlatform platform = TrezaPlatform.builder(backend).start();
          TrezaClient client = TrezaClient.builder()
              .baseUrl(platform.baseUrl())
              .walletAddress("0x1")
              .apiKey(platform.newKey("test", "0x1"))
              .pollInterval(Duration.ofMillis(100))
              .verifier(AttestationVerifier.builder()
                  .trustAnchors(backend.trustAnchor())
                  .build())
              .build()) {
        refusesAPortThatTheImageDoesNotExpose(client);
        Enclave enclave = client.createEnclave(
            request().exposePort(PORT).allowHost("api.example.com:443").build());
        client.waitUntilDeployed(enclave.id(), LONG);
        enclave = client.getEnclave(enclave.id());
        await(enclave);
        assertEquals("http://127.0.0.1:3128", ask(enclave, "proxy"));
        assertTrue(ask(enclave, "ask api.example.com:443").endsWith("\r\n\r\nfrom the host"));
        assertTrue(
            ask(enclave, "ask b.example.com:443").contains("refused by the parent instance"));
        assertTrue(ask(enclave, "ask example.org:443").contains("not in this image's list"));
        goesOnAfterAPauseWithOpenConnections(client, enclave);
      }
    }
  }

  private static void refusesAPortThatTheImageDoesNotExpose(TrezaClient client) {
    String id = client.createEnclave(request().exposePort(8080).build()).id();
    assertEquals(
        Optional.of(
            "exposePorts: 8080: the image does not expose it; it has 8443 (EXPOSE in the image)"),
        assertThrows(TrezaException.NotRunning.class, () -> client.waitUntilDeployed(id, LONG))
            .enclave()
            .errorMessage());
  }

  private static void goesOnAfterAPauseWithOpenConnections(TrezaClient client, Enclave enclave)
      throws Exception {
    String id = enclave.id();
    InetSocketAddress before = endpoint(enclave);
    try (Socket open = command(before, "echo")) {
      open.getOutputStream().write(1);
      assertEquals(1, open.getInputStream().read());
      client.pauseEnclave(id);
      client.waitUntilPaused(id, LONG);
      assertEquals(Map.of(), client.getEnclave(id).endpoints());
      assertThrows(ConnectException.class, () -> command(before, "proxy").close());
    }
    client.resumeEnclave(id);
    client.waitUntilResumed(id, LONG);
    Enclave resumed = client.getEnclave(id);
    assertEquals("http://127.0.0.1:3128", ask(resumed, "proxy"));
    assertTrue(ask(resumed, "ask api.example.com:443").endsWith("\r\n\r\nfrom the host"));
    client.verifyAttestation(id, Expectation.acceptAnyMeasurement());
    client.terminateEnclave(id);
    client.waitUntilDestroyed(id, LONG);
    assertThrows(
        ConnectException.class, () -> command(endpoint(resumed), "proxy").close());
  }
}
