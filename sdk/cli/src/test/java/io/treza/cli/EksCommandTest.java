package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.treza.attestation.Expectation;
import io.treza.image.ContainerImage;
import io.treza.platform.TrezaPlatform;
import io.treza.sdk.TrezaClient;
import io.treza.testkit.DevelopmentRoot;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kotlin.Unit;
import okhttp3.Response;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the commands about EKS ask of an API server, and how they answer. */
class EksCommandTest {
  private static final String DIGEST = "@sha256:" + "0".repeat(64);
  private static final String LABELS =
      "\"labels\":{\"app.kubernetes.io/managed-by\":\"treza\",\"treza.io/deployment\":\"web\"}";
  private static final String DEPLOYMENT = """
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"treza-web",%s},
       "spec":{"replicas":2,"template":{"metadata":{},"spec":{"containers":[
         {"name":"enclave","image":"r.example/e%s"}]}}},
       "status":{"readyReplicas":1,"replicas":2,"updatedReplicas":2}}
      """.formatted(LABELS, DIGEST);
  private static final String POD = """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"treza-web-1","uid":"u1",%s},
       "spec":{"nodeName":"node-a","containers":[]},
       "status":{"phase":"Running","conditions":[
         {"type":"treza.io/attested","status":"False"},{"type":"Ready","status":"False"}]}}
      """.formatted(LABELS);

  @TempDir
  private Path directory;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private volatile boolean gone;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    Files.writeString(
        directory.resolve("config"), """
        apiVersion: v1
        kind: Config
        current-context: here
        contexts:
        - {name: here, context: {cluster: here, user: me, namespace: enclaves}}
        clusters:
        - {name: here, cluster: {server: "http://127.0.0.1:%d"}}
        users:
        - {name: me, user: {token: none}}
        """.formatted(server.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] sent = exchange.getRequestBody().readAllBytes();
      asked.add(exchange.getRequestMethod() + " " + path + " "
          + new String(sent, StandardCharsets.UTF_8));
      String body =
          "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":404,\"message\":\"none\"}";
      if (exchange.getRequestMethod().equals("DELETE") && path.endsWith("/deployments/treza-web")) {
        gone = true;
        body = DEPLOYMENT;
      } else if (gone) {
        body = path.endsWith("s") ? "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[]}" : body;
      } else if (path.endsWith("/deployments")) {
        body = "{\"kind\":\"DeploymentList\",\"apiVersion\":\"apps/v1\",\"items\":[" + DEPLOYMENT
            + "]}";
      } else if (path.endsWith("/deployments/treza-web")) {
        body = DEPLOYMENT;
      } else if (path.endsWith("/pods")) {
        body = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[" + POD + "]}";
      }
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(body.contains("\"Failure\"") ? 404 : 200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private record Ran(int status, String out, String err) {}

  private Ran run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = Arrays.copyOf(args, args.length + 2);
    all[args.length] = "--kubeconfig";
    all[args.length + 1] = directory.resolve("config").toString();
    int status = Treza.run(new PrintWriter(out), new PrintWriter(err), all);
    return new Ran(status, out.toString(), err.toString());
  }

  @Test
  void printsWhatTheClusterSaysOfDeploymentsAndPods() {
    Ran ran = run("eks", "status");
    assertEquals(
        "web: 1 of 2 ready, rolling, r.example/e" + DIGEST + System.lineSeparator()
            + "  treza-web-1: Running, gate SHUT, on node-a" + System.lineSeparator(),
        ran.out(),
        ran.err());
    assertEquals(Treza.YES, ran.status());
    assertTrue(asked.get(0).startsWith("GET /apis/apps/v1/namespaces/enclaves/deployments"));
  }

  @Test
  void printsAnObjectForEachAsJson() {
    String[] lines = run("eks", "status", "web", "--json").out().split("\\R");
    assertEquals(2, lines.length);
    assertTrue(lines[0].startsWith("{\"deployment\":\"web\",\"owner\":null,"), lines[0]);
    assertTrue(lines[1].contains("\"gate\":\"SHUT\",\"ready\":false"), lines[1]);
  }

  @Test
  void saysThatThereIsNoSuchDeployment() {
    Ran ran = run("eks", "status", "absent");
    assertEquals(Treza.UNUSABLE, ran.status());
    assertTrue(ran.err().contains("no deployment absent in namespace enclaves"), ran.err());
  }

  @Test
  void scalesByThatNumberAlone() {
    Ran ran = run("eks", "scale", "web", "3");
    assertEquals("web is to have 3 enclaves" + System.lineSeparator(), ran.out(), ran.err());
    assertEquals(
        "PATCH /apis/apps/v1/namespaces/enclaves/deployments/treza-web"
            + " {\"spec\":{\"replicas\":3}}",
        asked.get(asked.size() - 1).replace("\": ", "\":"));
  }

  @Test
  void appliesAPinnedImageWhoseGateIsShut() {
    Ran ran = run("eks", "apply", "web", "r.example/e" + DIGEST, "--replicas", "3");
    assertEquals(
        "applied web in namespace enclaves; its pods wait to be attested" + System.lineSeparator(),
        ran.out(),
        ran.err());
    assertEquals(Treza.YES, ran.status());
    String sent = asked.stream()
        .filter(call ->
            call.startsWith("PATCH /apis/apps/v1/namespaces/enclaves/deployments/treza-web "))
        .collect(Collectors.joining())
        .replaceAll("\\s", "");
    assertTrue(sent.contains("\"image\":\"r.example/e" + DIGEST + "\""), sent);
    assertTrue(
        sent.contains("\"readinessGates\":[{\"conditionType\":\"treza.io/attested\"}]"), sent);
    assertTrue(sent.contains("\"replicas\":3"), sent);
  }

  @Test
  void removesADeploymentAndWaitsUntilNothingIsLeft() {
    Ran ran = run("eks", "remove", "web");
    assertEquals(
        "nothing of web is left in namespace enclaves" + System.lineSeparator(),
        ran.out(),
        ran.err());
    assertTrue(gone);
    Ran stays = run("eks", "status", "web");
    assertTrue(stays.err().contains("no deployment web"), stays.err());
  }

  @Test
  void asksEveryPodOfADeploymentForEvidence() throws IOException {
    Path pins = Files.writeString(directory.resolve("pins.json"), """
        {"Measurements": {"HashAlgorithm": "Sha384 { ... }", "PCR0": "%1$s", "PCR1": "%1$s",
         "PCR2": "%1$s"}}
        """.formatted("ab".repeat(48)));
    Ran ran = run("fleet", "verify", "--eks", "web", "--pcrs", pins.toString());
    assertEquals(Treza.NO, ran.status(), ran.err());
    assertTrue(ran.out().contains("UNREACHABLE  treza-web-1: "), ran.out() + ran.err());
    assertTrue(ran.out().contains("0 of 1 members verified"), ran.out());
  }

  @ParameterizedTest
  @CsvSource({
    "fleet verify --any-measurement, Say which members: FILE or --eks NAME",
    "fleet verify a.json --eks web --any-measurement, Say which members: FILE or --eks NAME",
    "eks apply web r.example/e:latest, is not pinned",
    "eks rollout web r.example/e:latest, Say what they must measure to",
    "eks check --huge-pages 4Mi, huge pages are of 2Mi or 1Gi",
    "eks status --cluster c, a cluster is named by cluster and region",
    "eks status --context other, has no context other",
    "eks status --reach tunnel, expected pod-ip or port-forward",
    "eks scale web -1, there cannot be -1 enclaves"
  })
  void saysWhatIsWrongWithACommandLine(String line, String says) {
    Ran ran = run(line.split(" "));
    assertEquals(Treza.UNUSABLE, ran.status());
    assertTrue(ran.err().contains(says), ran.err());
  }

  /** A Kubernetes client and the AWS SDK are thousands of classes. */
  @Test
  void loadsNothingOfEksForOtherCommands() throws Exception {
    String path = Stream.of(
            Treza.class,
            CommandLine.class,
            Nullable.class,
            Expectation.class,
            ContainerImage.class,
            DevelopmentRoot.class,
            TrezaClient.class,
            Response.class,
            Unit.class,
            ByteString.class,
            TrezaPlatform.class,
            JsonMapper.class,
            JsonFactory.class,
            JsonProperty.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            path,
            Treza.class.getName(),
            "eks",
            "rollout",
            "--help")
        .redirectErrorStream(true)
        .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), "without that library in the class path: " + said);
    assertFalse(path.contains("/sdk/eks/"), path);
  }
}
