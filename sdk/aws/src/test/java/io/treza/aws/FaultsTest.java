package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.treza.attestation.ChallengeStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What is said when DynamoDB answers with an error of its own, in the service's wire form. */
class FaultsTest {
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicReference<String> error = new AtomicReference<>("");
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      calls.incrementAndGet();
      exchange.getRequestBody().readAllBytes();
      byte[] body = error.get().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
      exchange.sendResponseHeaders(400, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private DynamoDbTable table(URI address) {
    return DynamoDbTable.named("challenges")
        .region("eu-central-1")
        .insecureEmulator(address)
        .build();
  }

  private static String refusal(DynamoDbTable table) {
    try (table) {
      ChallengeStore store = new DynamoDbChallengeStore(table, InstantSource.system());
      return assertThrows(
              IllegalStateException.class, () -> store.issue("a", Duration.ofMinutes(1)))
          .getMessage();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dynamodb.v20120810#ResourceNotFoundException | name the region it is in, or make it | 1",
        "coral.service#AccessDeniedException | allow the action named above | 1",
        "dynamodb.v20120810#ProvisionedThroughputExceededException | asked more than it may be | 3",
        "coral.availability#ThrottlingException | asked more than it may be | 3",
        "dynamodb.v20120810#ItemCollectionSizeLimitExceededException | said so | 1"
      })
  void anErrorIsNamedWithItsPlaceAndWhatToDo(String type, String says, int times) {
    error.set("{\"__type\":\"com.amazonaws." + type + "\",\"message\":\"DynamoDB said so\"}");
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    String message = refusal(table(address));
    String code = type.substring(type.indexOf('#') + 1);
    assertTrue(message.startsWith("DynamoDB table challenges in eu-central-1: " + code), message);
    assertTrue(message.contains("DynamoDB said so"), message);
    assertTrue(message.contains(says), message);
    assertFalse(message.contains("takes-any-secret"), message);
    assertEquals(times, calls.get(), "only what passes is tried again");
  }

  @ParameterizedTest
  @CsvSource({
    "ExpiredTokenException, renew the credentials",
    "UnrecognizedClientException, renew the credentials",
    "IncompleteSignatureException, renew the credentials",
    "InvalidSignatureException, set this machine's clock"
  })
  void whatIsSaidOfCredentialsIsNotRepeatedSinceItMayQuoteThem(String code, String says) {
    error.set("{\"__type\":\"com.amazon.coral.service#" + code + "\",\"message\":\"The Canonical"
        + " String should have been 'x-amz-security-token:verysecrettoken'\"}");
    DynamoDbTable table =
        table(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    StringWriter all = new StringWriter();
    try (table) {
      ChallengeStore store = new DynamoDbChallengeStore(table, InstantSource.system());
      assertThrows(IllegalStateException.class, () -> store.issue("a", Duration.ofMinutes(1)))
          .printStackTrace(new PrintWriter(all));
    }
    assertTrue(all.toString().contains(code + "; "), all.toString());
    assertTrue(all.toString().contains(says), all.toString());
    assertFalse(all.toString().contains("verysecrettoken"), all.toString());
  }

  @Test
  void missingCredentialsAreSaidToBeMissing() {
    String message = new Faults("challenges", "eu-central-1")
        .explained(SdkClientException.create(
            "Unable to load credentials from any of the providers in the chain [...]"))
        .getMessage();
    assertEquals(
        "DynamoDB table challenges in eu-central-1: there are no AWS credentials: sign in, for"
            + " example with aws sso login, set AWS_PROFILE, or run where a role gives them",
        message);
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    server.stop(0);
    String message =
        refusal(table(URI.create("http://127.0.0.1:" + server.getAddress().getPort())));
    assertTrue(message.contains("Connection refused"), message);
  }

  @Test
  void settingsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> DynamoDbTable.named("a b"));
    DynamoDbTable.Builder builder = DynamoDbTable.named("challenges");
    String message = assertThrows(
            IllegalArgumentException.class, () -> builder.endpoint(URI.create("http://h")))
        .getMessage();
    assertTrue(message.contains("insecureEmulator"), message);
    assertThrows(IllegalArgumentException.class, () -> builder.callTimeout(Duration.ZERO));
    assertEquals(
        "DynamoDbTable[challenges in eu-west-1]",
        builder.region("eu-west-1").build().toString());
  }

  @Test
  void aClosedTableFails() {
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    error.set("{\"__type\":\"a#b\"}");
    DynamoDbTable table = table(address);
    table.close();
    assertTrue(refusal(table).endsWith("is closed"));
  }
}
