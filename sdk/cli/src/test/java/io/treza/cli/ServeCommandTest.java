package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.eif.Architecture;
import io.treza.eif.EnclaveInit;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.EnclaveStatus;
import io.treza.sdk.TrezaClient;
import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.kms.KmsClient;

class ServeCommandTest {
  @TempDir
  Path directory;

  private record Served(JsonNode announced, String err) {}

  /** Starts a server, lets a test use it, and stops it. */
  private Served serve(Use use, String... options) throws Exception {
    StringWriter err = new StringWriter();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (PipedReader pipe = new PipedReader();
        BufferedReader out = new BufferedReader(pipe)) {
      PrintWriter writer = new PrintWriter(new PipedWriter(pipe));
      List<String> command = new ArrayList<>(List.of(
          "serve",
          "--json",
          "--port=0",
          "--images=" + directory,
          "--data=" + directory.resolve("data")));
      command.addAll(List.of(options));
      if (command.stream().noneMatch(option -> option.startsWith("--backend="))) {
        command.add("--backend=simulated");
      }
      Future<Integer> status = executor.submit(() -> {
        // Closed, so that nobody waits for the address of a server that did not start.
        try (writer) {
          return Treza.run(writer, new PrintWriter(err), command.toArray(String[]::new));
        }
      });
      String line = out.readLine();
      assertNotNull(line, err::toString);
      JsonNode announced = JsonMapper.builder().build().readTree(line);
      use.of(announced);
      executor.shutdownNow();
      assertEquals(0, status.get());
      return new Served(announced, err.toString());
    } finally {
      executor.shutdownNow();
    }
  }

  @FunctionalInterface
  private interface Use {
    void of(JsonNode announced) throws Exception;
  }

  @Test
  void servesTheApiToItsFirstKeyUntilItIsStopped() throws Exception {
    Served served = serve(announced -> {
      assertEquals(401, get(announced, "wrong"));
      assertEquals(200, get(announced, announced.get("api_key").textValue()));
      assertTrue(Files.exists(Path.of(announced.get("development_root").textValue())));
    });
    assertTrue(served.err().contains("prove nothing about hardware"), served.err());
    assertTrue(served.err().contains("not shown again"), served.err());
    assertTrue(served.announced().get("wallet_address").textValue().matches("0x[0-9a-f]{40}"));
  }

  @Test
  void theFirstKeyIsMadeOnceAndAnotherOnRequestForTheSameWallet() throws Exception {
    JsonNode first = serve(announced -> {}).announced();
    JsonNode second = serve(announced -> {
          assertFalse(announced.has("api_key"));
          assertEquals(200, get(announced, first.get("api_key").textValue()));
        })
        .announced();
    assertFalse(second.has("wallet_address"));
    serve(
        announced -> {
          assertEquals(first.get("wallet_address"), announced.get("wallet_address"));
          assertNotEquals(first.get("api_key"), announced.get("api_key"));
          assertEquals(200, get(announced, announced.get("api_key").textValue()));
          assertEquals(200, get(announced, first.get("api_key").textValue()));
        },
        "--new-key");
  }

  @Test
  void aBackendInAnAccountIsFoundBesideTheProgramAndHasNoDevelopmentRoot() throws Exception {
    Requirement.require(
        EnclaveInit.bundled(Architecture.X86_64).isPresent(),
        "musl-gcc was not here at build time");
    Path blobs = Files.createDirectories(directory.resolve("blobs"));
    byte[] kernel = new byte[1024];
    System.arraycopy("HdrS".getBytes(StandardCharsets.US_ASCII), 0, kernel, 0x202, 4);
    Files.write(blobs.resolve("bzImage"), kernel);
    Files.writeString(blobs.resolve("cmdline"), "reboot=k");
    Files.writeString(blobs.resolve("init"), "replaced");
    Served served = serve(
        announced -> {
          assertEquals("ec2", announced.get("backend").textValue());
          assertFalse(announced.has("development_root"));
        },
        "--backend=ec2",
        "--backend-setting=region=us-east-1",
        "--backend-setting=subnet=subnet-0123456789abcdef0",
        "--backend-setting=security-groups=sg-0123456789abcdef0,sg-0123456789abcdef1",
        "--backend-setting=instance-profile=treza-parent",
        "--backend-setting=bucket=images",
        "--backend-setting=blobs=" + blobs);
    assertTrue(served.err().contains("Documents chain to: AWS commercial (G1)"), served.err());
    assertFalse(served.err().contains("prove nothing"), served.err());
  }

  @ParameterizedTest
  @CsvSource({
    "--backend=cloud, --port=0, 'one of simulated, qemu, ec2, eks, not \"cloud\"'",
    "--backend=ec2, --port=0, 'blobs is missing'",
    "--backend=ec2, --backend-setting=blobs=x, 'region: expected like us-east-1'",
    "--backend=simulated, --backend-setting=region=r, 'is for a --backend in a cloud account'"
  })
  void saysWhatIsWrongWithABackend(String backend, String option, String says) {
    CommandLineRun run = CommandLineRun.of(
        "serve", "--images=" + directory, "--data=" + directory.resolve("data"), backend, option);
    assertEquals(2, run.status());
    assertTrue(run.err().contains(says), run.err());
  }

  @Test
  void aWalletOfOnesOwnIsTaken() throws Exception {
    JsonNode announced = serve(nothing -> {}, "--wallet=0xmine").announced();
    assertEquals("0xmine", announced.get("wallet_address").textValue());
  }

  @Test
  @Timeout(120)
  void whatEifMeasureSaysBeforehandIsWhatItsEnclavesMeasure() throws Exception {
    Path image = directory.resolve("service");
    DemoImage.write(image, "mode = strict\n");
    Served served = serve(announced -> {
      Path data = directory.resolve("data");
      CommandLineRun pins = CommandLineRun.of(
          "eif", "measure", "--blobs=" + Placeholders.directory(data), image.toString());
      assertEquals(0, pins.status(), pins.err());
      Path file = Files.writeString(directory.resolve("pins.json"), pins.out());
      Path key =
          Files.writeString(directory.resolve("key"), announced.get("api_key").textValue());
      CommandLineRun created = CommandLineRun.of(
          "enclave",
          "create",
          "oci:service",
          "--name=service",
          "--region=eu-west-1",
          "--wait",
          "--pcrs=" + file,
          "--root=" + announced.get("development_root").textValue(),
          "--platform=" + announced.get("url").textValue(),
          "--wallet=" + announced.get("wallet_address").textValue(),
          "--api-key-file=" + key);
      assertEquals(0, created.status(), created.out() + created.err());
    });
    assertTrue(served.err().contains("treza eif measure IMAGE --blobs "), served.err());
  }

  @Test
  @Timeout(120)
  void enclavesGoOnWhenItIsTerminatedAndStartedAgain() throws Exception {
    Path data = directory.resolve("data");
    DemoImage.write(directory.resolve("service"), "mode = strict\n");
    Process server = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "io.treza.cli.Treza",
            "serve",
            "--port=0",
            "--backend=simulated",
            "--images=" + directory,
            "--data=" + data)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    try (BufferedReader out = server.inputReader()) {
      URI address = URI.create(out.readLine());
      String wallet = value(out.readLine());
      String key = value(out.readLine());
      String id;
      try (TrezaClient client = client(address, wallet, key)) {
        id = client
            .createEnclave(CreateEnclaveRequest.builder("oci:service")
                .name("service")
                .description("to be left running")
                .region("eu-west-1")
                .build())
            .id();
        await(client, id, EnclaveStatus.DEPLOYED);
      }
      server.destroy();
      server.waitFor();
      assertEquals(1, enclaveImages(data));
      serve(announced -> {
        URI again = URI.create(announced.get("url").textValue());
        try (TrezaClient client = client(again, wallet, key)) {
          assertEquals(EnclaveStatus.DEPLOYED, client.getEnclave(id).status());
          client.terminateEnclave(id);
          await(client, id, EnclaveStatus.DESTROYED);
        }
      });
      assertEquals(0, enclaveImages(data));
    } finally {
      server.destroyForcibly();
    }
  }

  private static void await(TrezaClient client, String id, EnclaveStatus status)
      throws InterruptedException {
    while (!client.getEnclave(id).status().equals(status)) {
      Thread.sleep(20);
    }
  }

  private static TrezaClient client(URI address, String wallet, String key) {
    return TrezaClient.builder()
        .baseUrl(address)
        .walletAddress(wallet)
        .apiKey(key)
        .build();
  }

  /** Of a line as the environment has it. */
  private static String value(String line) {
    return line.substring(line.indexOf('=') + 1);
  }

  private static long enclaveImages(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(file -> file.toString().endsWith(".eif")).count();
    }
  }

  /** With the AWS SDK, as any program on the machine has it. */
  @Test
  void simulatedKmsBesideItKeepsItsKeys() throws Exception {
    String policy = "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\","
        + " \"Action\": \"kms:*\", \"Resource\": \"*\"}}";
    AtomicReference<String> key = new AtomicReference<>("");
    Served served = serve(
        announced -> {
          try (KmsClient kms = kms(announced)) {
            key.set(
                kms.createKey(request -> request.policy(policy)).keyMetadata().arn());
          }
        },
        "--kms-port=0");
    assertTrue(served.err().contains("Simulated KMS: AWS_ENDPOINT_URL_KMS=https://"), served.err());
    assertTrue(served.err().contains(" AWS_CA_BUNDLE="), served.err());
    // Version 1 of the aws command reads the second, SDKs the first.
    assertTrue(
        served.err().contains(" AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 "), served.err());
    serve(
        announced -> {
          try (KmsClient kms = kms(announced)) {
            assertEquals(
                policy, kms.getKeyPolicy(request -> request.keyId(key.get())).policy());
          }
        },
        "--kms-port=0");
    assertFalse(serve(announced -> {}).announced().has("kms_url"));
  }

  private static KmsClient kms(JsonNode announced) throws Exception {
    try (InputStream pem =
        Files.newInputStream(Path.of(announced.get("kms_authority").textValue()))) {
      return KmsAdmin.of(
          URI.create(announced.get("kms_url").textValue()),
          announced.get("kms_region").textValue(),
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
  }

  @Test
  void simulatedKmsIsWithoutTlsOnlyByName() throws Exception {
    Served served = serve(
        announced -> assertTrue(announced.get("kms_url").textValue().startsWith("http://")),
        "--kms-port=0",
        "--kms-insecure-http");
    assertFalse(served.announced().has("kms_authority"));
    assertFalse(served.err().contains("AWS_CA_BUNDLE"), served.err());
    CommandLineRun run = CommandLineRun.of(
        "serve",
        "--backend=simulated",
        "--kms-port=0",
        "--kms-host=no host",
        "--images=" + directory,
        "--data=" + directory.resolve("data"));
    assertEquals(2, run.status());
    assertTrue(run.err().contains("--kms-host: 'no host' is no name"), run.err());
  }

  @Test
  void refusesAPortThatIsNone() {
    assertEquals(2, CommandLineRun.of("serve", "--port", "65536").status());
    assertEquals(2, CommandLineRun.of("serve", "--kms-port", "65536").status());
  }

  @Test
  void refusesAWalletThatIsNone() {
    assertEquals(
        2, CommandLineRun.of("serve", "--wallet=", "--images=" + directory).status());
  }

  @Test
  void refusesALimitThatIsNone() {
    CommandLineRun run = CommandLineRun.of(
        "serve", "--requests-per-second=0", "--images=" + directory, "--data=" + directory);
    assertEquals(2, run.status());
    assertTrue(run.err().contains("requestsPerSecond must be at least 1"), run.err());
  }

  private static int get(JsonNode announced, String token) throws Exception {
    URI address = URI.create(announced.get("url").textValue());
    HttpRequest request = HttpRequest.newBuilder(address.resolve("/api/providers"))
        .header("Authorization", "Bearer " + token)
        .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
