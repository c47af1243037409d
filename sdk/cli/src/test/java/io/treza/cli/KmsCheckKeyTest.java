package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpServer;
import io.treza.publish.KmsKeyPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code treza kms check --key}, as a command with credentials in its environment. */
class KmsCheckKeyTest {
  private static final String KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234";
  private static final String ROLE = "arn:aws:iam::123456789012:role/enclave";

  @TempDir
  private Path directory;

  private HttpServer kms;
  private String policy = "";
  private String grants = "{\"Grants\": [], \"Truncated\": false}";

  @BeforeEach
  void start() throws IOException {
    Path values = directory.resolve("values.json");
    String pcr = "1".repeat(96);
    Path pins = Files.writeString(
        directory.resolve("pins.json"),
        "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}".formatted(pcr, pcr, pcr));
    CommandLineRun published = CommandLineRun.of(
        "pcrs",
        "publish",
        values.toString(),
        "--application=orders",
        "--release=1.0",
        "--measurements=" + pins);
    assertEquals(0, published.status(), published::toString);
    policy = KmsKeyPolicy.builder(ValuesFile.own(values.toString()).releases())
        .administrator("arn:aws:iam::123456789012:role/admin")
        .enclaveRole(ROLE)
        .build()
        .toJson();
    kms = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    kms.createContext("/", exchange -> {
      try (exchange) {
        boolean ofPolicy = "TrentService.GetKeyPolicy"
            .equals(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
        byte[] answer = (ofPolicy
                ? JsonNodeFactory.instance.objectNode().put("Policy", policy).toString()
                : grants)
            .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(
            grants.contains("__type") && !ofPolicy ? 400 : 200, answer.length);
        exchange.getResponseBody().write(answer);
      }
    });
    kms.start();
  }

  @AfterEach
  void stop() {
    kms.stop(0);
  }

  private record Ended(int status, String said) {}

  private Ended check() throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    ProcessBuilder command = new ProcessBuilder(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            StandInTest.classPath(),
            "io.treza.cli.Treza",
            "kms",
            "check",
            "--key",
            KEY,
            "--reference-values",
            directory.resolve("values.json").toString()))
        .redirectErrorStream(true)
        .redirectOutput(output.toFile());
    command
        .environment()
        .putAll(Map.of(
            "AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:" + kms.getAddress().getPort(),
            "AWS_ACCESS_KEY_ID", "any",
            "AWS_SECRET_ACCESS_KEY", "secret"));
    int status = command.start().waitFor();
    return new Ended(status, Files.readString(output));
  }

  @Test
  void aKeyIsJudgedByItsPolicyAndItsGrants() throws Exception {
    Ended good = check();
    assertEquals(0, good.status(), good.said());
    grants = "{\"Grants\": [{\"GrantId\": \"g1\", \"GranteePrincipal\": \"" + ROLE
        + "\", \"Operations\": [\"Decrypt\"]}], \"Truncated\": false}";
    Ended granted = check();
    assertEquals(1, granted.status(), granted.said());
    assertTrue(granted.said().contains("error: grant g1: lets " + ROLE), granted.said());
  }

  @Test
  void withoutThePermissionThereIsNoVerdict() throws Exception {
    grants = "{\"__type\": \"AccessDeniedException\", \"message\": \"no\"}";
    Ended refused = check();
    assertEquals(2, refused.status(), refused.said());
    assertTrue(refused.said().contains("allow kms:ListGrants on the key"), refused.said());
  }

  @Test
  void eitherAPolicyOrAKey() {
    for (List<String> words : List.of(
        List.of("kms", "check", "--reference-values=values.json"),
        List.of("kms", "check", "policy.json", "--key", KEY, "--reference-values=values.json"))) {
      assertEquals(2, CommandLineRun.of(words).status());
    }
  }
}
