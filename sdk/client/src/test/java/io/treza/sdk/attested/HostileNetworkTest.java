package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.SECRET;
import static io.treza.sdk.attested.Enclaves.assertRejected;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.clientOf;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.secret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import io.treza.testkit.FakeEnclave;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody between client and enclave learns nothing, whatever they relay, swap or redirect. */
class HostileNetworkTest {
  private final Workload workload = new Workload();
  private final Peer.Tls honest = Peer.Tls.of("localhost");
  private final Peer.Tls attackers = Peer.Tls.of("localhost");

  private AttestedHttpClient.Builder client(URI address) {
    return AttestedHttpClient.builder(address, workload.verifier(), workload.pinned());
  }

  static Stream<EvidenceProtocol> protocols() {
    return Stream.of(
        EvidenceProtocol.template("/attestation?nonce={nonce}", KeyBinding.SPKI_SHA256),
        EvidenceProtocol.nitriding(),
        EvidenceProtocol.evervault());
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void relayedEvidenceOfAnHonestEnclaveDoesNotAttestTheRelay(EvidenceProtocol protocol)
      throws IOException {
    AnyCertificate any = new AnyCertificate();
    OkHttpClient upstream = new OkHttpClient.Builder()
        .sslSocketFactory(any.sockets(), any)
        .hostnameVerifier((host, session) -> true)
        .build();
    try (FakeEnclave enclave = FakeEnclave.start();
        Peer relay = Peer.start(attackers, asked -> relayed(upstream, enclave, asked));
        AttestedHttpClient client = AttestedHttpClient.builder(
                relay.address("localhost"), Enclaves.trusting(enclave), Enclaves.running(enclave))
            .evidence(protocol)
            .build()) {
      assertRejected(
          Reason.USER_DATA_MISMATCH, refused(client, secret(relay.address("localhost"))));
      assertEquals(1, enclave.attestations());
      assertEquals(1, relay.seen().size());
      assertFalse(relay.saw(SECRET));
      assertEquals(List.of(), enclave.received());
    }
  }

  private static MockResponse relayed(
      OkHttpClient upstream, FakeEnclave enclave, RecordedRequest asked) throws IOException {
    Request request = new Request.Builder()
        .url(enclave.address().resolve(asked.getTarget()).toString())
        .build();
    try (Response answer = upstream.newCall(request).execute()) {
      return new MockResponse.Builder()
          .setHeader("Content-Type", String.valueOf(answer.header("Content-Type")))
          .body(new Buffer().write(answer.body().bytes()))
          .build();
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void aKeyThatIsSwappedAfterAttestationIsNoticed(List<Protocol> versions) throws IOException {
    // The attacker's evidence is genuine, too, but about the key that was there before.
    Peer.Answer answer = workload.answering(honest.certificate());
    try (Peer enclave = Peer.start(honest, versions, answer);
        Peer attacker = Peer.start(attackers, versions, answer);
        Network network = new Network()) {
      network.leadsTo(enclave.port());
      URI address = network.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        assertEquals("hello", body(client, secret(address)));
        network.leadsTo(attacker.port());
        assertRejected(Reason.USER_DATA_MISMATCH, refused(client, secret(address)));
      }
      assertTrue(attacker.seen().stream().allMatch(Workload::isEvidence));
      assertFalse(attacker.saw(SECRET));
    }
  }

  static Stream<List<Protocol>> versions() {
    return Stream.of(List.of(Protocol.HTTP_2, Protocol.HTTP_1_1), List.of(Protocol.HTTP_1_1));
  }

  @Test
  void recordedEvidenceIsRefused() throws IOException {
    byte[][] recorded = new byte[1][];
    Peer.Answer replaying = request -> {
      if (!Workload.isEvidence(request)) {
        return Peer.text("hello");
      }
      if (recorded[0] == null) {
        recorded[0] = workload.document(request, honest.certificate());
      }
      return Peer.document(recorded[0]);
    };
    try (Peer enclave = Peer.start(honest, replaying)) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        body(client, secret(address));
      }
      try (AttestedHttpClient client = client(address).build()) {
        assertRejected(Reason.NONCE_MISMATCH, refused(client, secret(address)));
      }
      assertEquals(
          1, enclave.targets().stream().filter(t -> t.startsWith("/pay")).count());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void redirectsAreHandedOutAndNotFollowed(int status) throws IOException {
    try (Peer other = Peer.start(attackers, request -> Peer.text("mine"));
        Peer enclave = Peer.start(
            honest,
            request -> Workload.isEvidence(request)
                ? Peer.document(workload.document(request, honest.certificate()))
                : redirect(status, other.address("localhost")))) {
      URI address = enclave.address("localhost");
      OkHttpClient following = new OkHttpClient.Builder().followRedirects(true).build();
      try (AttestedHttpClient client = client(address).okHttp(following).build();
          Response answer = client.execute(secret(address))) {
        assertEquals(status, answer.code());
      }
      assertEquals(List.of(), other.seen());
    }
  }

  private static MockResponse redirect(int status, URI to) {
    return new MockResponse.Builder()
        .code(status)
        .setHeader("Location", to.toString())
        .build();
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 401, 404, 503})
  void anEvidenceAnswerThatIsNoSuccessIsNoEvidence(int status) throws IOException {
    try (Peer other = Peer.start(attackers, request -> Peer.text("mine"));
        Peer enclave =
            Peer.start(honest, request -> redirect(status, other.address("localhost")))) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        PeerNotAttestedException refusal = refused(client, secret(address));
        assertEquals(Problem.NO_EVIDENCE, refusal.problem());
        assertTrue(refusal.toString().contains("HTTP " + status), refusal::toString);
      }
      assertFalse(enclave.saw(SECRET));
      assertEquals(List.of(), other.seen());
    }
  }

  @Test
  void aPageInsteadOfEvidenceIsNoEvidence() throws IOException {
    MockResponse page = new MockResponse.Builder()
        .setHeader("Content-Type", "text/html")
        .body("<html>")
        .build();
    try (Peer enclave = Peer.start(honest, request -> page)) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        PeerNotAttestedException refusal = refused(client, secret(address));
        assertEquals(Problem.NO_EVIDENCE, refusal.problem());
        assertTrue(refusal.toString().contains("text/html"), refusal::toString);
      }
      assertFalse(enclave.saw(SECRET));
    }
  }

  @Test
  void aProxyThatBreaksTlsOpenSeesNothing() throws IOException {
    Peer.Answer inTheMiddle = request -> request.getMethod().equals("CONNECT")
        ? new MockResponse.Builder().inTunnel().build()
        : Peer.document(workload.document(request, honest.certificate()));
    try (Peer proxy = Peer.startProxy(attackers, inTheMiddle)) {
      OkHttpClient base = new OkHttpClient.Builder().proxy(proxy.asProxy()).build();
      URI address = URI.create("https://enclave.test");
      try (AttestedHttpClient client = client(address).okHttp(base).build()) {
        assertRejected(Reason.USER_DATA_MISMATCH, refused(client, secret(address)));
      }
      assertEquals("CONNECT", proxy.seen().get(0).getMethod());
      assertEquals(2, proxy.seen().size());
      assertFalse(proxy.saw(SECRET));
    }
  }

  @Test
  void twoNamesOnOneCertificateShareNoConnection() throws IOException {
    Peer.Tls both = Peer.Tls.of("a.test", "b.test");
    Dns toThisMachine = host -> List.of(InetAddress.getLoopbackAddress());
    OkHttpClient shared = new OkHttpClient.Builder().dns(toThisMachine).build();
    try (Peer server = Peer.start(both, workload.answering(both.certificate()))) {
      URI a = server.address("a.test");
      URI b = server.address("b.test");
      try (FakeEnclave unrelated = FakeEnclave.start();
          AttestedHttpClient toA = client(a).okHttp(shared).build();
          AttestedHttpClient toB = AttestedHttpClient.builder(
                  b, workload.verifier(), Enclaves.running(unrelated))
              .okHttp(shared)
              .build()) {
        assertEquals("hello", body(toA, secret(a)));
        assertRejected(Reason.MEASUREMENT_MISMATCH, refused(toB, secret(b)));
        assertEquals(Problem.OTHER_ORIGIN, refused(toA, secret(b)).problem());
      }
      assertEquals("HTTP/2", server.seen().get(0).getVersion());
      assertEquals(
          List.of(0, 0, 1),
          server.seen().stream().map(RecordedRequest::getConnectionIndex).toList());
      assertEquals(
          1, server.targets().stream().filter(t -> t.startsWith("/pay")).count());
    }
  }

  @Test
  void anOpenConnectionOfOneIdentityIsNotUsedForAnother() throws IOException {
    try (FakeEnclave enclave = FakeEnclave.start();
        FakeEnclave other = FakeEnclave.builder().image("another image").start();
        AttestedHttpClient client = clientOf(enclave).build();
        AttestedHttpClient stricter = AttestedHttpClient.builder(
                enclave.address(), Enclaves.trusting(enclave), Enclaves.running(other))
            .build()) {
      body(client, secret(enclave.address()));
      assertRejected(Reason.MEASUREMENT_MISMATCH, refused(stricter, secret(enclave.address())));
      assertEquals(1, enclave.received().size());
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void aConnectionThatBreaksAfterTheEvidenceIsReplacedByOneOfTheSameKey(List<Protocol> versions)
      throws IOException {
    Peer.Answer breaking = request -> Workload.isEvidence(request)
        ? Peer.document(workload.document(request, honest.certificate()))
            .newBuilder()
            .onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE)
            .build()
        : Peer.text("hello");
    try (Peer enclave = Peer.start(honest, versions, breaking)) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).build()) {
        Request post =
            secret(address).newBuilder().post(RequestBody.create(new byte[3])).build();
        assertEquals("hello", body(client, post));
      }
      assertEquals(
          1, enclave.targets().stream().filter(t -> t.startsWith("/pay")).count());
    }
  }
}
