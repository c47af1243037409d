package io.treza.eif.parent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.eif.forwarder.ForwarderProgram;
import io.treza.eif.forwarder.Peer;
import io.treza.eif.forwarder.RunningForwarder;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An enclave's forwarder and its parent's program, with nothing in between: both under sanitizers. */
@Timeout(120)
class BackToBackTest {
  @TempDir
  Path directory;

  @Test
  void aClientReachesTheWorkloadAndTheWorkloadTheHostsThatBothAllow() throws Exception {
    byte[] bytes = new byte[2_000_003];
    new Random(1).nextBytes(bytes);
    try (ConfinedProgram inside = ForwarderProgram.underSanitizers();
        ConfinedProgram outside = ParentSources.underSanitizers();
        ServerSocketChannel workload = RunningParent.listen();
        ServerSocketChannel host = RunningParent.listen()) {
      int port = RunningParent.port(workload);
      try (RunningParent parent = RunningParent.start(
          outside,
          directory,
          List.of(),
          Map.of("TREZA_FORWARDER_SOCKETS", directory.toString()),
          List.of(
              "--ingress",
              "0=" + port,
              "--allow",
              "a.test:443",
              "--resolve",
              "a.test:443=127.0.0.1:" + RunningParent.port(host)))) {
        Process forwarder = RunningForwarder.process(
            inside,
            directory,
            Optional.empty(),
            Optional.of(parent.egressPort()),
            List.of(Integer.toString(port), "--", "a.test:443", "b.test:443"));
        try {
          try (Peer client = parent.client();
              Peer served = new Peer(workload.accept())) {
            assertExchange(bytes, client, served);
          }
          try (Peer client = proxy().send("CONNECT a.test:443 HTTP/1.1\r\n\r\n");
              Peer there = new Peer(host.accept())) {
            String established = "HTTP/1.1 200 Connection established\r\n\r\n";
            assertEquals(established, client.readText(established.length()));
            assertExchange(bytes, client, there);
          }
          try (Peer client = proxy().send("CONNECT b.test:443 HTTP/1.1\r\n\r\n")) {
            String refusal = client.rest();
            assertTrue(refusal.startsWith("HTTP/1.1 403 "), refusal);
            assertTrue(refusal.endsWith("b.test:443: refused by the parent instance\n"), refusal);
          }
          assertEquals("", parent.log());
        } finally {
          forwarder.destroyForcibly().onExit().join();
        }
      }
    }
  }

  private Peer proxy() throws Exception {
    return new Peer(SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("proxy"))));
  }

  /** All of it both ways, and then the end of each. */
  private static void assertExchange(byte[] bytes, Peer one, Peer other) throws Exception {
    CompletableFuture<Void> sending =
        CompletableFuture.allOf(one.sending(bytes), other.sending(bytes));
    CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
      try {
        return one.read(bytes.length);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
    assertArrayEquals(bytes, other.read(bytes.length));
    assertArrayEquals(bytes, received.join());
    sending.join();
    one.finishSending();
    assertTrue(other.ends());
    other.finishSending();
    assertTrue(one.ends());
  }
}
