package io.treza.enclave;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.treza.attestation.AttestationDocument;
import io.treza.attestation.Reason;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.internal.device.ModuleDevice;
import io.treza.enclave.internal.tls.ServedKey;
import io.treza.enclave.nsm.Agent;
import io.treza.enclave.nsm.Module;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.sdk.attested.PeerNotAttestedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients make of an identity: this project's own client, and the agent as it ships. */
@Timeout(60)
class EnclaveIdentityTest {
  private static final byte[] NONCE = "nonce".getBytes(UTF_8);

  @TempDir
  private static Path build;

  private static Path program;

  @TempDir
  private Path directory;

  private final Module module = new Module();
  private final HandClock clock = new HandClock();
  private Agent agent;
  private Nsm nsm;
  private EnclaveIdentity identity;
  private AttestedHttpsServer server;

  @BeforeAll
  static void compile() throws Exception {
    program = Agent.compile(build);
  }

  @BeforeEach
  void start() throws Exception {
    agent = Agent.start(program, directory, module);
    nsm = Nsm.agent(agent.socket());
    identity = EnclaveIdentity.builder(nsm).host("localhost").clock(clock).build();
    server = AttestedHttpsServer.builder(identity)
        .handle("/hello", exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(UTF_8));
          }
        })
        .start();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    nsm.close();
    agent.close();
  }

  @Test
  void theClientWithoutAnyOptionVerifiesIt() throws Exception {
    try (AttestedHttpClient client = client(address()).build()) {
      assertEquals("hello", get(client, address()));
      assertArrayEquals(
          identity.spkiSha256(), client.attestations().get(0).userData().orElseThrow());
    }
  }

  @Test
  void documentsThatOthersAskForBindTheKey() throws Exception {
    AttestationDocument outside = AttestationDocument.parse(agent.askFromOutside(NONCE));
    assertArrayEquals(identity.spkiSha256(), outside.userData().orElseThrow());
    AttestationDocument own = AttestationDocument.parse(identity.attest(NONCE));
    assertArrayEquals(identity.spkiSha256(), own.userData().orElseThrow());
    assertArrayEquals(NONCE, own.nonce().orElseThrow());
  }

  @Test
  void anApplicationsOwnKeyIsInEveryDocument() throws Exception {
    byte[] key = "an application's key".getBytes(UTF_8);
    EnclaveIdentity other = EnclaveIdentity.builder(new ModuleDevice(module).nsm())
        .host("localhost")
        .publicKey(key)
        .build();
    byte[] before = other.attest(NONCE);
    other.rotate();
    for (byte[] document : new byte[][] {before, other.attest(NONCE)}) {
      assertArrayEquals(key, AttestationDocument.parse(document).publicKey().orElseThrow());
    }
  }

  @Test
  void whoeverRegistersSecondHasNoIdentity() throws Exception {
    try (Nsm second = Nsm.agent(agent.socket())) {
      NsmException e = assertThrows(
          NsmException.class,
          () -> EnclaveIdentity.builder(second).host("localhost").build());
      assertEquals(Problem.NOT_HOLDER, e.problem());
    }
  }

  @Test
  void aParentWithAKeyOfItsOwnIsRefusedWhoseverEvidenceItRelays() throws Exception {
    EnclaveIdentity parents = EnclaveIdentity.builder(new ModuleDevice(new Module()).nsm())
        .host("localhost")
        .build();
    HttpHandler relay = exchange -> {
      try (exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        byte[] document =
            agent.askFromOutside(HexFormat.of().parseHex(query.substring("nonce=".length())));
        exchange.getResponseHeaders().set("Content-Type", "application/cbor");
        exchange.sendResponseHeaders(200, document.length);
        exchange.getResponseBody().write(document);
      }
    };
    assertRefused(Reason.USER_DATA_MISMATCH, parents, relay);
    // The registration ends with its holder: then the document binds nothing.
    nsm.close();
    assertRefused(Reason.USER_DATA_MISMATCH, parents, relay);
  }

  @Test
  void evidenceOfAnEarlierConnectionIsRefused() throws Exception {
    byte[] earlier = identity.attest(NONCE);
    assertRefused(Reason.NONCE_MISMATCH, identity, exchange -> {
      try (exchange) {
        exchange.getResponseHeaders().set("Content-Type", "application/cbor");
        exchange.sendResponseHeaders(200, earlier.length);
        exchange.getResponseBody().write(earlier);
      }
    });
  }

  @Test
  void connectionsThatBeganBeforeARotationAreAttestedAndThenMadeAnew() throws Exception {
    HandClock clients = new HandClock();
    try (AttestedHttpClient client = client(address()).clock(clients).build()) {
      assertEquals("hello", get(client, address()));
      identity.rotate();
      assertEquals("hello", get(client, address()));
      assertFalse(attested(client, identity.spkiSha256()));
      // The next request asks for evidence again, on the connection of the old key.
      clients.advance(Duration.ofMinutes(6));
      assertEquals("hello", get(client, address()));
      assertTrue(attested(client, identity.spkiSha256()));
    }
  }

  private static boolean attested(AttestedHttpClient client, byte[] hash) {
    return client.attestations().stream()
        .anyMatch(each -> Arrays.equals(hash, each.userData().orElseThrow()));
  }

  @Test
  void aReplacedKeyIsAttestedForTheOverlapAndForItsConnectionsOnly() throws Exception {
    X509Certificate first = identity.certificate();
    identity.rotate();
    byte[] document = identity.attest(NONCE, first).orElseThrow();
    assertArrayEquals(
        ServedKey.spkiSha256(first),
        AttestationDocument.parse(document).userData().orElseThrow());
    assertFalse(identity.isCurrent(first));
    clock.advance(Duration.ofHours(1).minusMillis(1));
    assertTrue(identity.attest(NONCE, first).isPresent());
    clock.advance(Duration.ofMillis(1));
    assertTrue(identity.attest(NONCE, first).isEmpty());
    assertTrue(identity.attest(NONCE, identity.certificate()).isPresent());
  }

  @Test
  void aKeyThatCannotBeRegisteredIsNotServed() throws Exception {
    X509Certificate served = identity.certificate();
    agent.close();
    assertEquals(
        Problem.LOST, assertThrows(NsmException.class, identity::rotate).problem());
    assertEquals(served, identity.certificate());
    assertEquals(served, served(TestTls.context(new Anybody()), "TLSv1.3", false, "/hello"));
  }

  /** The agent may have registered it all the same. */
  @Test
  void documentsThatOthersAskForBindTheServedKeyAfterARotationThatWasInterrupted()
      throws Exception {
    agent.pause();
    Thread.currentThread().interrupt();
    assertEquals(
        Problem.INTERRUPTED, assertThrows(NsmException.class, identity::rotate).problem());
    assertTrue(Thread.interrupted());
    agent.resume();
    // Answered after what was asked before.
    identity.attest(NONCE);
    AttestationDocument outside = AttestationDocument.parse(agent.askFromOutside(NONCE));
    assertArrayEquals(
        ServedKey.spkiSha256(identity.certificate()), outside.userData().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void sessionsAreResumedWithTheirKeyAndNotBeyondIt(String protocol) throws Exception {
    SSLContext client = TestTls.context(new Anybody());
    String path = "/attestation?nonce=00";
    X509Certificate first = served(client, protocol, false, path);
    assertEquals(first, served(client, protocol, true, path));
    identity.rotate();
    X509Certificate second = served(client, protocol, false, path);
    assertEquals(identity.certificate(), second);
    assertNotEquals(first.getPublicKey(), second.getPublicKey());
    identity.renew();
    assertEquals(identity.certificate(), served(client, protocol, false, path));
  }

  @Test
  void aServerSocketThatWouldKeepOneKeyIsRefused() {
    assertThrows(
        UnsupportedOperationException.class, identity.sslContext()::getServerSocketFactory);
    assertThrows(
        UnsupportedOperationException.class, () -> identity.sslContext().init(null, null, null));
  }

  @Test
  void anAuthoritysCertificateServesClientsThatWantWebPkiToo() throws Exception {
    TestAuthority authority = new TestAuthority();
    X509TrustManager trust = TestTls.trusting(authority.root);
    OkHttpClient base = new OkHttpClient.Builder()
        .sslSocketFactory(TestTls.context(trust).getSocketFactory(), trust)
        .build();
    try (AttestedHttpClient client =
        client(address()).okHttp(base).requireWebPki().build()) {
      assertThrows(IOException.class, () -> get(client, address()));
      identity.install(authority.chain(identity.certificateRequest()));
      assertEquals("hello", get(client, address()));
      identity.install(authority.chain(identity.rotationRequest()));
      assertEquals("hello", get(client, address()));
    }
  }

  /** Nobody's name matters: what the client believes is the evidence. */
  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Asks over a new connection, and returns the certificate that it was served with. */
  private X509Certificate served(SSLContext client, String protocol, boolean resumed, String path)
      throws Exception {
    try (SSLSocket socket = (SSLSocket)
        client.getSocketFactory().createSocket("localhost", server.address().getPort())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {protocol});
      socket.setSSLParameters(parameters);
      socket.getOutputStream().write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
      // A resumed session has what was bound to the one before.
      assertEquals(resumed, socket.getSession().getValue("seen") != null);
      socket.getSession().putValue("seen", true);
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private void assertRefused(Reason reason, EnclaveIdentity tls, HttpHandler evidence)
      throws Exception {
    HttpsServer impostor =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    impostor.setHttpsConfigurator(new HttpsConfigurator(tls.sslContext()));
    impostor.createContext("/attestation", evidence);
    impostor.start();
    URI address = URI.create("https://localhost:" + impostor.getAddress().getPort());
    try (AttestedHttpClient client = client(address).build()) {
      PeerNotAttestedException e =
          assertThrows(PeerNotAttestedException.class, () -> get(client, address));
      assertEquals(Optional.of(reason), e.reason());
    } finally {
      impostor.stop(0);
    }
  }

  private AttestedHttpClient.Builder client(URI address) {
    return AttestedHttpClient.builder(address, module.verifier(), module.pinned());
  }

  private URI address() {
    return URI.create("https://localhost:" + server.address().getPort());
  }

  private static String get(AttestedHttpClient client, URI address) throws IOException {
    Request request =
        new Request.Builder().url(address.resolve("/hello").toString()).build();
    try (Response response = client.execute(request)) {
      return response.body().string();
    }
  }
}
