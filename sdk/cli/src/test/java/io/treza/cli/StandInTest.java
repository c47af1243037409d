package io.treza.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way through a simulated enclave, by the commands of the docs: a program that uses the
 * in-enclave library runs in its place, and is reached, verified and let out.
 */
@Timeout(180)
class StandInTest {
  @TempDir
  Path directory;

  @AutoClose
  private ServerSocket ready;

  @AutoClose
  private ServerSocket bank;

  @AutoClose("shutdownNow")
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private Future<Integer> server;
  private List<String> platform = List.of();
  private String root = "";
  private int port;
  private String id = "";

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** Serves, and creates an enclave of an image that exposes a port and allows a host. */
  @BeforeEach
  void start() throws Exception {
    ready = listening();
    ready.setSoTimeout(60_000);
    bank = listening();
    threads.execute(this::serveBank);
    try (ServerSocket free = listening()) {
      port = free.getLocalPort();
    }
    String channels = "\"ExposedPorts\":{\"%d/tcp\":{}},\"Labels\":{\"io.treza.egress\":\"%s\"},"
        .formatted(port, "*.example.com:443");
    new CraftedImage()
        .config(json -> json.replace("\"Cmd\"", channels + "\"Cmd\""))
        .write(directory.resolve("images/orders"));
    try (PipedReader pipe = new PipedReader();
        BufferedReader out = new BufferedReader(pipe)) {
      PrintWriter writer = new PrintWriter(new PipedWriter(pipe));
      server = threads.submit(() -> Treza.run(
          writer,
          new PrintWriter(new StringWriter()),
          "serve",
          "--json",
          "--backend=simulated",
          "--port=0",
          "--images=" + directory.resolve("images"),
          "--data=" + directory.resolve("data"),
          "--resolve=bank.example.com:443=127.0.0.1:" + bank.getLocalPort()));
      JsonNode announced = JsonMapper.builder().build().readTree(out.readLine());
      Files.writeString(directory.resolve("key"), announced.get("api_key").textValue());
      platform = List.of(
          "--platform=" + announced.get("url").textValue(),
          "--wallet=" + announced.get("wallet_address").textValue(),
          "--api-key-file=" + directory.resolve("key"));
      root = announced.get("development_root").textValue();
    }
    CommandLineRun created = enclave(
        "create",
        "oci:orders",
        "--name=orders",
        "--region=eu-west-1",
        "--expose=" + port,
        "--allow=bank.example.com:443",
        "--wait",
        "--poll=PT0.05S");
    assertEquals(0, created.status(), created::toString);
    id = created.out().strip();
    CommandLineRun measured = CommandLineRun.of(
        "eif",
        "measure",
        directory.resolve("images/orders").toString(),
        "--blobs=" + directory.resolve("data/placeholder-blobs"));
    assertEquals(0, measured.status(), measured::toString);
    Files.writeString(directory.resolve("pins.json"), measured.out());
  }

  private void serveBank() {
    while (!bank.isClosed()) {
      try (Socket client = bank.accept()) {
        client.getOutputStream().write("100 coins".getBytes(US_ASCII));
      } catch (IOException e) {
        // The test is over.
      }
    }
  }

  @AfterEach
  void stop() throws Exception {
    threads.shutdownNow();
    assertEquals(0, server.get());
  }

  private CommandLineRun enclave(String command, String... words) {
    List<String> all = new ArrayList<>(List.of("enclave", command));
    all.addAll(platform);
    all.addAll(List.of(words));
    return CommandLineRun.of(all);
  }

  private CommandLineRun curl(String... words) {
    List<String> all = new ArrayList<>(List.of(id));
    all.addAll(List.of(words));
    all.addAll(List.of("--pcrs=" + directory.resolve("pins.json"), "--root=" + root));
    return enclave("curl", all.toArray(String[]::new));
  }

  /** That of the tests, whatever loaded them. */
  static String classPath() {
    return StandInTest.class.getClassLoader() instanceof URLClassLoader loader
        ? Stream.of(loader.getURLs())
            .map(URL::getPath)
            .collect(Collectors.joining(File.pathSeparator))
        : System.getProperty("java.class.path");
  }

  /** {@code treza enclave run}, from when its program serves. */
  private Future<CommandLineRun> running() throws IOException {
    Future<CommandLineRun> run = threads.submit(() -> enclave(
        "run",
        id,
        "--",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        classPath(),
        StandInWorkload.class.getName(),
        Integer.toString(port),
        Integer.toString(ready.getLocalPort())));
    ready.accept().close();
    return run;
  }

  private void assertAnswers(String answer, String... words) {
    CommandLineRun run = curl(words);
    assertEquals(0, run.status(), run::toString);
    assertEquals(answer, run.out());
  }

  @Test
  void aProgramInTheEnclavesPlaceIsReachedVerifiedAndLetOut() throws Exception {
    CommandLineRun nobody = curl("/hello");
    assertEquals(2, nobody.status(), nobody::toString);
    Future<CommandLineRun> run = running();
    assertAnswers("hello", "/hello");
    assertAnswers("hello", "https://orders.example.com/hello");
    assertAnswers("hello", "/hello", "--platform-evidence");
    assertAnswers("100 coins", "/bank");
    assertAnswers("bye", "/stop");
    assertEquals(5, run.get().status());
  }

  /** What a program gets that knows no evidence and asks at {@code connect --listen}. */
  private static String plainly(String local, String path) throws IOException {
    URLConnection connection = URI.create("http://" + local + path).toURL().openConnection();
    try (InputStream body = connection.getInputStream()) {
      return new String(body.readAllBytes(), US_ASCII);
    }
  }

  /** {@code treza enclave connect --listen}; returns where it listens. */
  private String listeningConnect() throws IOException {
    List<String> command = new ArrayList<>(List.of("enclave", "connect", id));
    command.addAll(platform);
    command.addAll(List.of(
        "--listen=127.0.0.1:0", "--pcrs=" + directory.resolve("pins.json"), "--root=" + root));
    try (PipedReader pipe = new PipedReader();
        BufferedReader out = new BufferedReader(pipe)) {
      PrintWriter writer = new PrintWriter(new PipedWriter(pipe));
      Future<Integer> unused = threads.submit(() -> {
        // Closed, so that nobody waits for the address if there is none.
        try (writer) {
          return Treza.run(
              writer, new PrintWriter(new StringWriter()), command.toArray(String[]::new));
        }
      });
      return String.valueOf(out.readLine());
    }
  }

  @Test
  void anotherProgramTakesThePlaceOnceTheEnclaveIsResumed() throws Exception {
    Future<CommandLineRun> first = running();
    String local = listeningConnect();
    assertEquals("hello", plainly(local, "/hello"));
    assertAnswers("bye", "/stop");
    assertEquals(5, first.get().status());
    for (String[] change : new String[][] {{"pause", "PAUSED"}, {"resume", "RESUMED"}}) {
      assertEquals(0, enclave(change[0], id).status());
      CommandLineRun waited = enclave("wait", id, "--for=" + change[1], "--poll=PT0.05S");
      assertEquals(0, waited.status(), waited::toString);
    }
    Future<CommandLineRun> second = running();
    assertAnswers("hello", "/hello", "--platform-evidence");
    assertEquals("hello", plainly(local, "/hello"));
    assertAnswers("bye", "/stop");
    assertEquals(5, second.get().status());
  }
}
