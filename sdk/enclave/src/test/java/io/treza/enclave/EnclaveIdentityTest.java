package io.treza.enclave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.enclave.nsm.Agent;
import io.treza.enclave.nsm.Module;
import io.treza.sdk.attested.AttestedHttpClient;
import java.net.URI;
import java.nio.file.Path;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What this project's client makes of an identity: the real client, the real agent. */
@Timeout(60)
class EnclaveIdentityTest {
  @TempDir
  private static Path build;

  private static Path program;

  @TempDir
  private Path directory;

  private final Module module = new Module();
  private Agent agent;
  private Nsm nsm;

  @BeforeAll
  static void compile() throws Exception {
    program = Agent.compile(build);
  }

  @BeforeEach
  void start() throws Exception {
    agent = Agent.start(program, directory, module);
    nsm = Nsm.agent(agent.socket());
  }

  @AfterEach
  void stop() throws Exception {
    nsm.close();
    agent.close();
  }

  @Test
  void theClientWithoutAnyOptionVerifiesIt() throws Exception {
    EnclaveIdentity identity = EnclaveIdentity.builder(nsm).host("localhost").build();
    try (AttestedHttpsServer server = serve(identity);
        AttestedHttpClient client = client(server)) {
      assertEquals("hello", get(client, server));
      assertArrayEquals(
          identity.spkiSha256(), client.attestations().get(0).userData().orElseThrow());
    }
  }

  @Test
  void aRegistrationOfSomebodyElseIsRefused() throws Exception {
    nsm.register(new byte[0], new byte[0]);
    try (Nsm second = Nsm.agent(agent.socket())) {
      NsmException e = assertThrows(
          NsmException.class,
          () -> EnclaveIdentity.builder(second).host("localhost").build());
      assertEquals(NsmException.Problem.NOT_HOLDER, e.problem());
    }
  }

  @Test
  void connectionsInFlightAcrossARotationGoOnWithoutARefusal() throws Exception {
    EnclaveIdentity identity = EnclaveIdentity.builder(nsm).host("localhost").build();
    try (AttestedHttpsServer server = serve(identity);
        AttestedHttpClient client = client(server)) {
      assertEquals("hello", get(client, server));
      identity.rotate();
      assertEquals("hello", get(client, server));
      try (AttestedHttpClient late = client(server)) {
        assertEquals("hello", get(late, server));
      }
    }
  }

  private AttestedHttpsServer serve(EnclaveIdentity identity) throws Exception {
    return AttestedHttpsServer.builder(identity)
        .handle("/hello", exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(UTF_8));
          }
        })
        .start();
  }

  private AttestedHttpClient client(AttestedHttpsServer server) {
    return AttestedHttpClient.builder(address(server), module.verifier(), module.pinned())
        .build();
  }

  private static URI address(AttestedHttpsServer server) {
    return URI.create("https://localhost:" + server.address().getPort());
  }

  private static String get(AttestedHttpClient client, AttestedHttpsServer server)
      throws Exception {
    Request request =
        new Request.Builder().url(address(server).resolve("/hello").toString()).build();
    try (Response response = client.execute(request)) {
      return response.body().string();
    }
  }
}
