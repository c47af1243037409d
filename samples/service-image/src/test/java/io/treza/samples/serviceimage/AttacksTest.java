package io.treza.samples.serviceimage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.eif.Architecture;
import io.treza.eif.EnclaveInit;
import io.treza.enclave.AttestedHttpsServer;
import io.treza.enclave.EnclaveIdentity;
import io.treza.platform.QemuInstallation;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.Ingress;
import io.treza.sdk.attested.PeerNotAttestedException;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import io.treza.testsupport.Requirement;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample service and its keeper in QEMU, built and published by the script that a newcomer runs:
 * what their parent instance, who has every byte that goes in and out, does to them and their
 * clients is refused, by reason.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class AttacksTest {
  private static final String ORDER = "one bicycle, red";

  private Path directory = Path.of("");
  private final List<String> console = Collections.synchronizedList(new ArrayList<>());
  private Emulation emulation;
  private EmulatedEnclave keeper;
  private EmulatedEnclave orders;
  private Ingress keeperPort;
  private Ingress ordersPort;
  private HttpsPeer shop;
  private HttpsPeer liar;

  @BeforeAll
  void boot(@TempDir Path empty) throws Exception {
    requirePrograms();
    directory = empty;
    build();
    shop = new HttpsPeer(HttpsPeer.identity(
        directory.resolve("authorities.pem"), directory.resolve("shop-key.pem")));
    liar = new HttpsPeer(stranger("two.shop.example.com"));
    emulation = new Emulation(directory, console::add);
    keeper = emulation.boot("keeper");
    orders = emulation.boot("orders");
    emulation.start(emulation.egress(keeper));
    keeperPort = emulation.offer(keeper);
    emulation.start(emulation
        .egress(orders)
        .allow(
            EgressRule.parse(ServiceImages.KEEPER),
            EgressRule.parse("one.shop.example.com:443"),
            EgressRule.parse("two.shop.example.com:443"),
            EgressRule.parse("elsewhere.example.com:443"))
        .resolve(ServiceImages.KEEPER, keeperPort.address())
        .resolve("one.shop.example.com:443", shop.address())
        .resolve("two.shop.example.com:443", liar.address())
        .resolve("elsewhere.example.com:443", shop.address()));
    ordersPort = emulation.offer(orders);
    keeper.awaitReady();
    orders.awaitReady();
    try (Client owner = emulation.client("keeper", keeperPort.address());
        Client client = client()) {
      // Without reference values the service knows no keeper, and gives no receipt.
      assertEquals(502, client.order(ORDER).status());
      assertEquals(200, owner.bring(emulation.signedReleases("orders")).status());
      assertEquals(200, client.bring(emulation.signedReleases("keeper")).status());
      assertTaken(client.order(ORDER));
    }
  }

  @AfterAll
  void end() throws IOException {
    if (emulation != null) {
      emulation.close();
      shop.close();
      liar.close();
    }
  }

  private static void requirePrograms() {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(p -> Files.isExecutable(Path.of(p, "openssl"))),
        "openssl is not installed");
    Requirement.require(
        EnclaveInit.bundled(Architecture.X86_64).isPresent(),
        "no init was built: musl-tools is not here");
    Optional<String> missing = Optional.empty();
    try {
      QemuInstallation.find(System.getenv());
    } catch (IOException e) {
      missing = Optional.of(String.valueOf(e.getMessage()));
    }
    Requirement.require(missing.isEmpty(), missing.orElse(""));
  }

  private void build() throws IOException, InterruptedException {
    ProcessBuilder run = new ProcessBuilder(
        Path.of("../service/run").toString(), directory.toString(), "only-build");
    String classPath = System.getProperty("java.class.path");
    Path service = Path.of("../service/target");
    run.environment()
        .putAll(Map.of(
            "TREZA_CLASS_PATH",
            classPath,
            "SAMPLE_CLASS_PATH",
            classPath,
            "SERVICE_CLASS_PATH",
            service.resolve("classes") + ":" + Files.readString(service.resolve("class-path")),
            "JAVA_HOME",
            System.getProperty("java.home")));
    Path log = directory.resolve("build.log");
    Process process = run.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertEquals(0, process.waitFor(), () -> read(log));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Client client() throws IOException {
    return emulation.client("orders", ordersPort.address());
  }

  private void assertTaken(Client.Answer answer) {
    assertEquals(200, answer.status(), () -> answer.text() + String.join("\n", console));
    assertTrue(answer.text().matches("receipt [0-9a-f]{64}(?s:.*)"), answer.text());
  }

  /** TLS with a key of somebody's own, for any name he likes. */
  private static SSLContext stranger(String host) throws IOException {
    return EnclaveIdentity.builder(new StolenEvidence(nonce -> new byte[0]))
        .host(host)
        .build()
        .sslContext();
  }

  /** Whoever ends TLS in the enclave's place with a key of his own, and has evidence from somewhere. */
  private void assertRefused(Reason reason, StolenEvidence.Source evidence) throws IOException {
    List<byte[]> received = Collections.synchronizedList(new ArrayList<>());
    EnclaveIdentity own = EnclaveIdentity.builder(new StolenEvidence(evidence))
        .host("orders.example.com")
        .build();
    try (AttestedHttpsServer parent = AttestedHttpsServer.builder(own)
            .handle("/", exchange -> {
              try (exchange) {
                received.add(exchange.getRequestBody().readAllBytes());
                exchange.sendResponseHeaders(200, -1);
              }
            })
            .start();
        Client client = emulation.client("orders", parent.address())) {
      assertRefused(reason, client);
      assertEquals(List.of(), received);
    }
  }

  private static void assertRefused(Reason reason, Client client) {
    PeerNotAttestedException refused =
        assertThrows(PeerNotAttestedException.class, () -> client.order(ORDER));
    assertEquals(Optional.of(reason), refused.reason(), refused::getMessage);
  }

  /** He ends TLS himself and asks the enclave, behind him, what he is asked. */
  @Test
  void aSwappedKeyIsRefused() throws Exception {
    assertRefused(Reason.USER_DATA_MISMATCH, new PassThrough(ordersPort.address())::evidence);
  }

  /** A genuine, fresh document of the right image, from the agent, who answers anybody. */
  @Test
  void aGenuineDocumentBesideAnotherKeyIsRefused() throws Exception {
    assertRefused(Reason.USER_DATA_MISMATCH, orders::evidence);
  }

  @Test
  void oldEvidenceIsRefused() throws Exception {
    byte[] old = orders.evidence(new byte[32]);
    assertRefused(Reason.NONCE_MISMATCH, nonce -> old);
  }

  /** An NSM of his own, which measures what he says. */
  @Test
  void evidenceOfHisOwnMakingIsRefused() throws Exception {
    InstantSource clock = InstantSource.system();
    CertificateChain his = CertificateChain.builder(DevelopmentRoot.create(Naming.SIMULATED, clock))
        .build();
    SimulatedNsm nsm = SimulatedNsm.builder(his)
        .measurements(new byte[48], new byte[48], new byte[48])
        .build();
    assertRefused(
        Reason.UNTRUSTED_ROOT,
        nonce -> nsm.attest(Optional.of(nonce), Optional.empty(), Optional.empty()));
  }

  /** TLS ends in an enclave, whose key its evidence binds, but it is another program's. */
  @Test
  void aRelayToAnotherImageIsRefused() throws Exception {
    try (Client client = emulation.client("orders", keeperPort.address())) {
      assertRefused(Reason.MEASUREMENT_MISMATCH, client);
    }
  }

  @Test
  void anAllowedShopIsTold() throws Exception {
    try (Client client = client()) {
      Client.Answer answer = client.order(ORDER, "https://one.shop.example.com/receipts");
      assertTaken(answer);
      assertTrue(answer.text().endsWith("notified, status 204"), answer.text());
      assertTrue(
          shop.received().stream().anyMatch(body -> answer.text().contains(hex(body))),
          "the shop was sent the receipt");
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** The parent allows it, and would connect it to a server that even has a right certificate. */
  @Test
  void aHostThatIsNotInTheImageIsRefusedInside() throws Exception {
    assertNotNotified("https://elsewhere.example.com/", "not in this image's list");
  }

  @Test
  void aHostThatTheParentDoesNotAllowIsRefusedOutside() throws Exception {
    assertNotNotified("https://three.shop.example.com/", "refused by the parent instance");
  }

  /** The name leads to a server of the parent's, which has a certificate for it of his own making. */
  @Test
  void aLieAboutANameEndsInTls() throws Exception {
    assertNotNotified("https://two.shop.example.com/", "SSLHandshakeException");
    assertEquals(List.of(), liar.received());
  }

  private void assertNotNotified(String url, String why) throws IOException {
    try (Client client = client()) {
      Client.Answer answer = client.order(ORDER, url);
      assertTaken(answer);
      assertTrue(
          answer.text().contains("not notified: ") && answer.text().contains(why), answer.text());
    }
  }

  /**
   * A second enclave of the same image is as good as the first to a client who asks for a release: it
   * is the same program, with a key that nobody else has. Who means one enclave says which instance.
   * A release that was revoked in the meantime gets no secret. Whatever dies, the client is told.
   */
  @Test
  void anotherEnclaveOfTheImageIsAnother() throws Exception {
    EmulatedEnclave second = emulation.boot("orders");
    emulation.start(emulation
        .egress(second)
        .allow(EgressRule.parse(ServiceImages.KEEPER))
        .resolve(ServiceImages.KEEPER, keeperPort.address()));
    Ingress port = emulation.offer(second);
    second.awaitReady();
    try (Client client =
        emulation.client("orders", port.address(), e -> e.instanceId(orders.instanceId()))) {
      assertRefused(Reason.INSTANCE_ID_MISMATCH, client);
    }
    try (Client owner = emulation.client("keeper", keeperPort.address());
        Client client = emulation.client("orders", port.address())) {
      assertEquals(200, client.bring(emulation.signedReleases("keeper")).status());
      assertEquals(200, owner.bring(revoked()).status());
      Client.Answer refused = client.order(ORDER);
      assertEquals(502, refused.status());
      assertTrue(refused.text().contains(Reason.RELEASE_REVOKED.name()), refused.text());
      assertToldOf(port, client);
    }
    try (Client client = emulation.client("orders", emulation.offer(second).address())) {
      assertToldOf(second, client);
    }
  }

  /** The releases of orders, the one that runs revoked. */
  private byte[] revoked() throws IOException, InterruptedException {
    String values = directory.resolve("orders.json").toString();
    String signed = directory.resolve("revoked.dsse.json").toString();
    treza("pcrs", "revoke", values, "--release", "1.0");
    treza(
        "pcrs",
        "sign",
        values,
        "--private-key",
        directory.resolve("publisher-key.pem").toString(),
        "--output",
        signed);
    return Files.readAllBytes(Path.of(signed));
  }

  private void treza(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        "io.treza.cli.Treza"));
    command.addAll(List.of(words));
    Path log = directory.resolve("treza.log");
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    assertEquals(0, process.waitFor(), () -> read(log));
  }

  /** What is cut in the middle of a request is an error at once, and not when patience ends. */
  private static void assertToldOf(Closeable end, Client client) {
    IOException told = assertThrows(IOException.class, () -> sendAcross(client, end));
    assertFalse(told instanceof InterruptedIOException, told::toString);
  }

  /** Sends half of an order, then does something, and then sends on, without end. */
  private static void sendAcross(Client client, Closeable event) throws IOException {
    RequestBody endless = new RequestBody() {
      @Override
      public MediaType contentType() {
        return MediaType.get("text/plain");
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        sink.writeUtf8("half").flush();
        event.close();
        while (true) {
          sink.write(new byte[8192]).flush();
        }
      }
    };
    client
        .http()
        .execute(new Request.Builder()
            .url(client.application().resolve("/orders").toString())
            .post(endless)
            .build())
        .close();
  }
}
