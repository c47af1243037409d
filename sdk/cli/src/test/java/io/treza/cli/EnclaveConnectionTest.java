package io.treza.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.StandIn;
import io.treza.testkit.FakeEnclave;
import io.treza.testkit.Fault;
import io.treza.testkit.ReceivedRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that talk to a workload: with the enclave or with nobody. */
@Timeout(120)
class EnclaveConnectionTest {
  private static final Duration IDLE = Duration.ofMinutes(1);

  private static final String REQUEST =
      "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  @TempDir
  Path directory;

  private TestPlatform platform;
  private FakeEnclave workload;
  private String id = "";

  @BeforeEach
  void start() throws IOException {
    platform = new TestPlatform(directory);
    workload = FakeEnclave.builder().root(platform.root).workload(r -> "hello").start();
    platform.endpoints = Map.of(8443, address());
    Files.writeString(
        directory.resolve("workload.json"),
        "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}"
            .formatted(workload.pcr(0), workload.pcr(1), workload.pcr(2)));
    id = platform.create("app");
    assertEquals(0, platform.enclave("wait", id, "--poll=PT0.01S").status());
  }

  @AfterEach
  void stop() {
    workload.close();
    platform.close();
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), workload.address().getPort());
  }

  /** A command whose evidence is the workload's own. */
  private CommandLineRun verifying(String... words) {
    return verifyingBy("workload.json", words);
  }

  private CommandLineRun verifyingBy(String pins, String... words) {
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.add("--pcrs=" + directory.resolve(pins));
    all.add("--root=" + platform.file("root.pem"));
    return platform.enclave(all.toArray(String[]::new));
  }

  private static void assertUnusable(CommandLineRun run, String says) {
    assertEquals(2, run.status(), run::toString);
    assertEquals("", run.out());
    assertTrue(run.err().contains(says), run::toString);
    assertEquals(1, run.err().lines().count(), run::toString);
  }

  /** As the workload would register its key with the agent. */
  private void registerKey() throws Exception {
    try (SSLSocket socket = dialled()) {
      byte[] key = socket.getSession().getPeerCertificates()[0].getPublicKey().getEncoded();
      platform.userData = Optional.of(MessageDigest.getInstance("SHA-256").digest(key));
    }
  }

  @Test
  void curlAsksTheEnclaveByItsRealName() {
    CommandLineRun run = verifying(
        "curl",
        id,
        "https://orders.example.com/v1?x=1",
        "-H",
        "Authorization: Bearer a",
        "-d",
        "body",
        "-i");
    assertEquals(0, run.status(), run::toString);
    assertTrue(run.out().startsWith("HTTP/1.1 200"), run::toString);
    assertTrue(run.out().endsWith("hello"), run::toString);
    ReceivedRequest received = workload.received().get(0);
    assertEquals("POST", received.method());
    assertEquals("/v1?x=1", received.target().toString());
    assertEquals(List.of("orders.example.com"), received.header("Host"));
    assertEquals(List.of("Bearer a"), received.header("Authorization"));
    assertEquals("body", new String(received.body(), US_ASCII));
  }

  @Test
  void aPathAloneWillDoAndTheBodyMayGoToAFile() throws IOException {
    Path file = directory.resolve("answer");
    CommandLineRun run = verifying("curl", id, "/v1", "-o", file.toString());
    assertEquals(0, run.status(), run::toString);
    assertEquals("", run.out());
    assertEquals("hello", Files.readString(file));
    assertEquals("GET", workload.received().get(0).method());
  }

  @Test
  void aFileIsSentWithAnyMethod() throws IOException {
    Path file = Files.writeString(directory.resolve("body"), "of a file");
    CommandLineRun run = verifying("curl", id, "/v1", "-X", "PUT", "-d", "@" + file);
    assertEquals(0, run.status(), run::toString);
    assertEquals("PUT", workload.received().get(0).method());
    assertEquals("of a file", new String(workload.received().get(0).body(), US_ASCII));
  }

  @Test
  void curlSendsNothingToWhomEvidenceDoesNotBind() {
    workload.failing(Fault.OTHER_KEY);
    CommandLineRun run = verifying("curl", id, "/v1", "-H", "Authorization: Bearer a");
    assertEquals(1, run.status(), run::toString);
    assertEquals("", run.out());
    assertTrue(run.err().contains("USER_DATA_MISMATCH"), run::toString);
    assertEquals(List.of(), workload.received());
  }

  @Test
  void curlTakesThePlatformsEvidenceIfAskedTo() throws Exception {
    CommandLineRun before = verifyingBy("pins.json", "curl", id, "/v1", "--platform-evidence");
    assertEquals(1, before.status(), before::toString);
    assertEquals(List.of(), workload.received());
    registerKey();
    CommandLineRun run = verifyingBy("pins.json", "curl", id, "/v1", "--platform-evidence");
    assertEquals(0, run.status(), run::toString);
    assertEquals(0, workload.attestations());
  }

  @Test
  void curlAsksByTheProtocolItIsTold() {
    CommandLineRun run = verifying("curl", id, "/v1", "--evidence-protocol=nitriding");
    assertEquals(0, run.status(), run::toString);
  }

  @Test
  void onlyTheTlsKeyCanBeBound() {
    CommandLineRun run = platform.enclave("curl", id, "http://a.example/", "--any-measurement");
    assertEquals(2, run.status(), run::toString);
    assertTrue(run.err().contains("must be an https URL"), run::toString);
  }

  @Test
  void onlyTheAuthorityOfTheUrlNamesAPort() {
    CommandLineRun run = verifying("curl", id, "https://orders.example.com?at=10:30");
    assertEquals(0, run.status(), run::toString);
    assertUnusable(verifying("curl", id, "HTTPS://a.example:9443"), "port 9443 is not reached");
  }

  @Test
  void whichEndpointMustBeClear() {
    assertUnusable(verifying("curl", id, "https://a.example:9443/"), "port 9443 is not reached");
    platform.endpoints = Map.of(8443, address(), 9443, address());
    assertUnusable(verifying("curl", id, "/v1"), "which port? " + id + " has 8443, 9443");
    assertUnusable(verifying("connect", id), "which port? ");
    assertEquals(0, verifying("curl", id, "https://a.example:8443/v1").status());
    platform.endpoints = Map.of();
    assertUnusable(verifying("curl", id, "/v1"), "create it with --expose PORT");
  }

  @Test
  void theRecordIsShownWithItsEndpoints() {
    String shown = platform.enclave("get", id).out();
    assertTrue(shown.contains("8443 at 127.0.0.1:" + address().getPort()), shown);
    String json = platform.enclave("get", id, "--json").out();
    assertTrue(json.contains("\"endpoints\":[{\"port\":8443,"), json);
  }

  @Test
  void curlWithoutPinsIsAMistake() {
    CommandLineRun run = platform.enclave("curl", id, "/v1");
    assertEquals(2, run.status());
    assertEquals(List.of(), workload.received());
  }

  /**
   * Runs a command with this standard input, and returns what it wrote to standard output.
   *
   * <p>The input ends after the command: the JDK's server closes after its answer without reading on,
   * and so resets a connection on which an end has come in the meantime.
   */
  private static String piped(String input, Runnable command) {
    InputStream in = System.in;
    PrintStream out = System.out;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    CountDownLatch over = new CountDownLatch(1);
    System.setIn(new SequenceInputStream(
        new ByteArrayInputStream(input.getBytes(US_ASCII)), new InputStream() {
          @Override
          public int read() throws IOException {
            try {
              over.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return -1;
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            return read();
          }
        }));
    System.setOut(new PrintStream(written, true, US_ASCII));
    try {
      command.run();
    } finally {
      over.countDown();
      System.setIn(in);
      System.setOut(out);
    }
    return written.toString(US_ASCII);
  }

  /** JDK 17's server hangs up without a close_notify, as an attacker may earlier; that of 25 sends one. */
  @Test
  void connectJoinsStandardInputAndOutputToTheEnclaveAndTellsAnEndThatTlsDidNotSay()
      throws Exception {
    registerKey();
    String answer = piped(REQUEST, () -> {
      CommandLineRun run = verifyingBy("pins.json", "connect", id, "8443");
      boolean told = run.status() == 2 && run.err().contains("the connection was cut");
      assertTrue(run.status() == 0 || told, run::toString);
    });
    assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    assertTrue(answer.endsWith("hello"), answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--listen=127.0.0.1:0"})
  void connectSendsNothingToWhomEvidenceDoesNotBind(String more) {
    String answer = piped(REQUEST, () -> {
      List<String> words = new ArrayList<>(List.of("connect", id));
      if (!more.isEmpty()) {
        words.add(more);
      }
      CommandLineRun run = verifyingBy("pins.json", words.toArray(String[]::new));
      assertEquals(1, run.status(), run::toString);
      assertEquals("", run.out());
      assertTrue(run.err().contains("USER_DATA_MISMATCH"), run::toString);
    });
    assertEquals("", answer);
    assertEquals(List.of(), workload.received());
  }

  @Test
  void aPortThatIsNoneIsSaidInALine() {
    assertUnusable(verifying("connect", id, "--listen=nowhere"), "127.0.0.1:8443");
  }

  private SSLSocket dialled() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Trusting()}, null);
      return (SSLSocket) context
          .getSocketFactory()
          .createSocket(address().getAddress(), address().getPort());
    } catch (java.security.GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void everyConnectionToALocalPortGoesOverOneOfItsOwn() throws Exception {
    BlockingQueue<String> problems = new LinkedBlockingQueue<>();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (AttestedPort port = AttestedPort.open(any, this::dialled, IDLE, problems::add)) {
      for (int i = 0; i < 2; i++) {
        try (Socket client =
            new Socket(port.address().getAddress(), port.address().getPort())) {
          client.getOutputStream().write(REQUEST.getBytes(US_ASCII));
          assertTrue(
              new String(client.getInputStream().readAllBytes(), US_ASCII).endsWith("hello"));
        }
      }
    }
    assertEquals(2, workload.received().size());
    assertEquals(List.of(), List.copyOf(problems));
  }

  @Test
  void aConnectionThatIsNotAttestedIsResetAndSaidWhy() throws Exception {
    BlockingQueue<String> problems = new LinkedBlockingQueue<>();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    AttestedPort.Dial refusing = () -> {
      throw new IOException("not the enclave");
    };
    try (AttestedPort port = AttestedPort.open(any, refusing, IDLE, problems::add);
        Socket client = new Socket(port.address().getAddress(), port.address().getPort())) {
      assertThrows(IOException.class, () -> {
        client.getOutputStream().write(REQUEST.getBytes(US_ASCII));
        client.getInputStream().read();
      });
      assertEquals("not the enclave", problems.poll(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void aDefectEndsOneConnectionAndDoesNotLookLikeItsEnd() throws Exception {
    BlockingQueue<String> problems = new LinkedBlockingQueue<>();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    AttestedPort.Dial broken = () -> {
      throw new IllegalStateException("a defect");
    };
    try (AttestedPort port = AttestedPort.open(any, broken, IDLE, problems::add);
        Socket client = new Socket(port.address().getAddress(), port.address().getPort())) {
      assertThrows(IOException.class, () -> client.getInputStream().read());
      assertEquals("a defect", problems.poll(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void aConnectionThatPassesNothingIsReset() throws Exception {
    BlockingQueue<String> problems = new LinkedBlockingQueue<>();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (AttestedPort port =
            AttestedPort.open(any, this::dialled, Duration.ofMillis(20), problems::add);
        Socket client = new Socket(port.address().getAddress(), port.address().getPort())) {
      client.setSoTimeout(30_000);
      IOException reset =
          assertThrows(IOException.class, () -> client.getInputStream().read());
      assertFalse(reset instanceof SocketTimeoutException, reset::toString);
    }
  }

  @Test
  void aPortServesOnWhenAcceptingFailedOnce() throws Exception {
    BlockingQueue<String> problems = new LinkedBlockingQueue<>();
    AtomicBoolean failed = new AtomicBoolean();
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress()) {
      @Override
      public Socket accept() throws IOException {
        if (!failed.getAndSet(true)) {
          throw new IOException("Too many open files");
        }
        return super.accept();
      }
    };
    try (AttestedPort port = AttestedPort.serve(server, this::dialled, IDLE, problems::add);
        Socket client = new Socket(port.address().getAddress(), port.address().getPort())) {
      client.setSoTimeout(30_000);
      client.getOutputStream().write(REQUEST.getBytes(US_ASCII));
      assertTrue(new String(client.getInputStream().readAllBytes(), US_ASCII).endsWith("hello"));
      assertTrue(String.valueOf(problems.poll()).contains("Too many open files"));
    }
  }

  @Test
  void aProgramRunsInTheWorkloadsPlaceAndItsStatusIsTheCommands() throws Exception {
    Path seen = directory.resolve("seen");
    Path agent = Files.writeString(directory.resolve("agent"), "stands for the socket");
    platform.standIn = Optional.of(new StandIn(
        agent, Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9))));
    CommandLineRun run = CommandLineRun.of(
        "enclave",
        "run",
        "--platform=" + platform.url(),
        "--api-key-file=" + platform.file("key"),
        id,
        "--",
        "/bin/sh",
        "-c",
        "echo \"$TREZA_AGENT_SOCKET $HTTPS_PROXY $https_proxy $NO_PROXY $no_proxy\" > '" + seen
            + "'; exit 3");
    assertEquals(3, run.status(), run::toString);
    assertTrue(run.err().startsWith("Simulated: "), run::toString);
    assertEquals(
        agent + " http://127.0.0.1:9 http://127.0.0.1:9 localhost,127.0.0.1 localhost,127.0.0.1",
        Files.readString(seen).strip());
  }

  @Test
  void aProgramInTheWorkloadsPlaceHasNoVariablesOfTheCommandsAndNoProxies() {
    Map<String, String> environment = new HashMap<>(
        Map.of("PATH", "/bin", "TREZA_API_KEY", "secret", "TREZA_X", "", "XTREZA_", ""));
    for (String proxy : List.of("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")) {
      environment.put(proxy, "example.com");
      environment.put(proxy.toLowerCase(Locale.ROOT), "example.com");
    }
    EnclaveRunCommand.withoutOwn(environment);
    assertEquals(Set.of("PATH", "XTREZA_"), environment.keySet());
  }

  @Test
  void aProgramInTheWorkloadsPlaceEndsWithTheCommand() throws Exception {
    Path pid = directory.resolve("pid");
    platform.standIn = Optional.of(
        new StandIn(Files.writeString(directory.resolve("agent"), ""), Optional.empty()));
    Thread command = new Thread(() -> CommandLineRun.of(
        "enclave",
        "run",
        "--platform=" + platform.url(),
        "--api-key-file=" + platform.file("key"),
        id,
        "--",
        "/bin/sh",
        "-c",
        "echo $$ > '" + pid + ".new'; mv '" + pid + ".new' '" + pid + "'; exec sleep 1000"));
    command.start();
    while (!Files.exists(pid)) {
      Thread.sleep(10);
    }
    ProcessHandle program =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    command.interrupt();
    program.onExit().get(60, TimeUnit.SECONDS);
    command.join();
  }

  @Test
  void withoutASimulatedEnclaveNothingIsRun() throws Exception {
    assertUnusable(platform.enclave("run", id, "true"), "is not simulated");
    platform.standIn = Optional.of(new StandIn(directory.resolve("none"), Optional.empty()));
    assertUnusable(platform.enclave("run", id, "true"), "is not on this machine");
    Path agent = Files.writeString(directory.resolve("agent"), "stands for the socket");
    InetAddress elsewhere = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1});
    platform.standIn =
        Optional.of(new StandIn(agent, Optional.of(new InetSocketAddress(elsewhere, 9))));
    assertUnusable(platform.enclave("run", id, "true"), "proxy is not on this machine");
    platform.standIn = Optional.of(new StandIn(agent, Optional.empty()));
    assertUnusable(platform.enclave("run", id, "/no/such/program"), "cannot be run");
  }
}
