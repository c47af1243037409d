package io.treza.samples.serviceimage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.eif.Architecture;
import io.treza.eif.EnclaveInit;
import io.treza.platform.QemuInstallation;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.EnclaveStatus;
import io.treza.sdk.TrezaClient;
import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * From an image to a secret that only its enclaves get, on one machine: {@code treza serve} with QEMU
 * and a stand-in for KMS, the policies that {@code treza kms} writes, and TLS that ends in the
 * enclave.
 */
@Timeout(600)
class SecretReleaseTest {
  private static final String KMS = "kms.us-east-1.amazonaws.com:443";
  private static final String SIGNER = "signer.emulated:7000";
  private static final String ROLES = "arn:aws:iam::000000000000:role/";

  @TempDir
  private Path directory;

  private String kernel = "";

  private void requirePrograms() {
    Requirement.require(
        EnclaveInit.bundled(Architecture.X86_64).isPresent(),
        "no init was built: musl-tools is not here");
    Optional<String> missing = Optional.empty();
    try {
      kernel = QemuInstallation.find(System.getenv()).kernel().orElseThrow().toString();
    } catch (IOException e) {
      missing = Optional.of(String.valueOf(e.getMessage()));
    }
    Requirement.require(missing.isEmpty(), missing.orElse(""));
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private static List<String> command(String... words) {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "io.treza.cli.Treza"));
    command.addAll(Arrays.asList(words));
    return command;
  }

  /** What the command prints. */
  private Path treza(String output, String... words) throws IOException, InterruptedException {
    Path log = file("treza.log");
    Process process = new ProcessBuilder(command(words))
        .redirectOutput(file(output).toFile())
        .redirectError(log.toFile())
        .start();
    assertEquals(0, process.waitFor(), List.of(words) + Files.readString(log));
    return file(output);
  }

  @Test
  void anEnclaveOfAReleaseInForceGetsItsDataKeyAndNobodyElseDoes() throws Exception {
    requirePrograms();
    Files.createDirectories(file("images"));
    Process server = new ProcessBuilder(command(
            "serve",
            "--json",
            "--backend=qemu",
            "--port=0",
            "--kms-port=0",
            "--images=" + file("images"),
            "--data=" + file("data")))
        .redirectError(file("serve.log").toFile())
        .start();
    try (BufferedReader out = server.inputReader()) {
      String line = Optional.ofNullable(out.readLine()).orElse("");
      assertTrue(line.startsWith("{"), () -> read("serve.log"));
      release(JsonMapper.builder().build().readTree(line));
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private String read(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void release(JsonNode served) throws Exception {
    Path authority = Path.of(served.get("kms_authority").textValue());
    try (KmsClient admin = admin(served, authority);
        TrezaClient platform = TrezaClient.builder()
            .baseUrl(URI.create(served.get("url").textValue()))
            .walletAddress(served.get("wallet_address").textValue())
            .apiKey(served.get("api_key").textValue())
            .build()) {
      // The key first, for the image holds its ARN; so far it lets in nobody.
      String key = admin
          .createKey(request -> request.policy("{\"Statement\": {\"Effect\": \"Allow\","
              + " \"Principal\": {\"AWS\": \"" + ROLES + "KeyAdmin\"}, \"Action\":"
              + " [\"kms:PutKeyPolicy\", \"kms:GetKeyPolicy\"], \"Resource\": \"*\"}}"))
          .keyMetadata()
          .arn();
      JavaRuntime runtime = JavaRuntime.link(file("runtime"));
      for (String name : List.of("orders", "tampered", "next")) {
        image(name, key, authority, runtime);
      }
      publish("before.json", "1.0", "orders");
      Files.copy(file("before.json"), file("after.json"), StandardCopyOption.REPLACE_EXISTING);
      publish("after.json", "1.1", "next");
      treza("revoked", "pcrs", "revoke", file("after.json").toString(), "--release=1.0");
      put(admin, key, policy("before.json"));

      InetSocketAddress orders = launch(platform, "orders");
      InetSocketAddress tampered = launch(platform, "tampered");
      for (InetSocketAddress enclave : List.of(orders, tampered)) {
        assertEquals("lent", post(enclave, "/credentials", "Enclave any").body());
      }
      HttpResponse<String> sealed = post(orders, "/seal", "one bicycle, red");
      assertEquals(200, sealed.statusCode(), () -> sealed.body() + logs(platform));
      HttpResponse<String> opened = post(orders, "/open", sealed.body());
      assertEquals("opened 16 characters", opened.body());
      assertDenied(post(tampered, "/open", sealed.body()));
      assertDenied(post(tampered, "/seal", "another"));

      Path narrowed = policy("after.json");
      put(admin, key, narrowed);
      treza(
          "plan",
          "kms",
          "plan",
          file("before.json").toString(),
          file("after.json").toString(),
          "--policy=" + narrowed);
      assertDenied(post(orders, "/open", sealed.body()));
    }
  }

  private void image(String name, String key, Path authority, JavaRuntime runtime)
      throws IOException, InterruptedException {
    Path program = Path.of("../enclave-kms/target");
    List<Path> classPath = Stream.concat(
            Stream.of(program.resolve("classes").toString()),
            Arrays.stream(Files.readString(program.resolve("class-path")).split(":")))
        .map(Path::of)
        .toList();
    new ServiceImage("io.treza.samples.enclavekms.OrdersProgram")
        .classPath(classPath)
        .setting("kms-authority.pem", Files.readAllBytes(authority))
        .setting("name", name.getBytes(StandardCharsets.UTF_8))
        .variable("KMS_KEY", key)
        .variable("EMULATED", "yes")
        .allow(List.of(KMS, SIGNER))
        .write(file("images").resolve(name), runtime);
  }

  private void publish(String values, String release, String image) throws Exception {
    Path measured = treza(
        image + ".pcrs",
        "eif",
        "measure",
        file("images").resolve(image).toString(),
        "--blobs=" + kernel,
        "--init=treza",
        "--heartbeat=tolerated");
    treza(
        "published",
        "pcrs",
        "publish",
        file(values).toString(),
        "--application=orders",
        "--release=" + release,
        "--measurements=" + measured);
  }

  private Path policy(String values) throws IOException, InterruptedException {
    return treza(
        "policy-of-" + values,
        "kms",
        "policy",
        file(values).toString(),
        "--administrator=" + ROLES + "KeyAdmin",
        "--role=" + ROLES + "Enclave",
        "--operation=decrypt",
        "--operation=generate_data_key");
  }

  private static void put(KmsClient admin, String key, Path policy) throws IOException {
    String json = Files.readString(policy);
    admin.putKeyPolicy(request -> request.keyId(key).policy(json));
  }

  private InetSocketAddress launch(TrezaClient platform, String image) throws Exception {
    Enclave enclave = platform.createEnclave(CreateEnclaveRequest.builder("oci:" + image)
        .name(image)
        .description(image)
        .region("us-east-1")
        .cpuCount(2)
        .memoryMiB(1024)
        .exposePort(8443)
        .allowHost(KMS)
        .allowHost(SIGNER)
        .build());
    while (!enclave.status().equals(EnclaveStatus.DEPLOYED)) {
      assertTrue(!enclave.status().equals(EnclaveStatus.FAILED), () -> logs(platform));
      Thread.sleep(200);
      enclave = platform.getEnclave(enclave.id());
    }
    return Optional.ofNullable(enclave.endpoints().get(8443)).orElseThrow();
  }

  private static String logs(TrezaClient platform) {
    StringBuilder text = new StringBuilder();
    platform
        .getEnclaves()
        .forEach(enclave -> text.append('\n').append(platform.getEnclaveLogs(enclave.id())));
    return text.toString();
  }

  /** The program may still be starting, though the enclave runs. */
  private static HttpResponse<String> post(InetSocketAddress enclave, String path, String body)
      throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + enclave.getPort() + path))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    while (true) {
      try {
        return HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(request, HttpResponse.BodyHandlers.ofString());
      } catch (IOException e) {
        Thread.sleep(500);
      }
    }
  }

  private static void assertDenied(HttpResponse<String> answer) {
    assertEquals(403, answer.statusCode(), answer::body);
    assertTrue(answer.body().startsWith("DENIED: "), answer::body);
  }

  private static KmsClient admin(JsonNode served, Path authority) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(authority)) {
      store.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    TrustManager[] managers = trust.getTrustManagers();
    return KmsClient.builder()
        .endpointOverride(URI.create(served.get("kms_url").textValue()))
        .region(Region.of(served.get("kms_region").textValue()))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("KeyAdmin", "any")))
        .httpClient(UrlConnectionHttpClient.builder()
            .tlsTrustManagersProvider(() -> managers)
            .build())
        .build();
  }
}
