package io.treza.aws.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials come from the metadata service as IMDSv2 has it, and a service that lies gives none. */
@Timeout(60)
class InstanceCredentialsTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String ROLES = "/latest/meta-data/iam/security-credentials/";
  private static final String LENT = """
      {
        "Code" : "Success",
        "Type" : "AWS-HMAC",
        "AccessKeyId" : "ASIAEXAMPLE",
        "SecretAccessKey" : "wJalr/XUtn+FEMI=",
        "Token" : "IQoJb3//example==",
        "Expiration" : "2026-11-23T18:00:00Z"
      }
      """;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> wentTo = new CopyOnWriteArrayList<>();
  private final Map<String, String> answers = new ConcurrentHashMap<>(Map.of(
      "/latest/api/token", "AQAEtoken==", ROLES, "parent-role", ROLES + "parent-role", LENT));
  private volatile Instant now = NOW;
  private Optional<HttpServer> service = Optional.empty();

  @BeforeEach
  void serve() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    service = Optional.of(server);
  }

  @AfterEach
  void stop() {
    service.orElseThrow().stop(0);
  }

  /** As IMDSv2 does: nothing without a token, and a token only for PUT. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      asked.add(exchange.getRequestMethod() + " " + path);
      boolean token = path.equals("/latest/api/token");
      boolean allowed = token
          ? exchange.getRequestMethod().equals("PUT")
              && exchange.getRequestHeaders().containsKey("X-aws-ec2-metadata-token-ttl-seconds")
          : "AQAEtoken=="
              .equals(exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token"));
      String answer = answers.getOrDefault(path, "");
      byte[] body = answer.getBytes(StandardCharsets.UTF_8);
      int status = !allowed ? 401 : answer.isEmpty() ? 404 : 200;
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private Socket connect(String host, int port, Duration limit) throws IOException {
    wentTo.add(host + ":" + port);
    return new Socket(
        InetAddress.getLoopbackAddress(), service.orElseThrow().getAddress().getPort());
  }

  private InstanceCredentials credentials() {
    return new InstanceCredentials(this::connect, () -> now);
  }

  private String failure() {
    return String.valueOf(
        assertThrows(UncheckedIOException.class, credentials()::get).getMessage());
  }

  @Test
  void asksForATokenThenTheRoleThenItsCredentials() {
    ParentCredentials lent = credentials().get();
    assertEquals("ASIAEXAMPLE", lent.accessKeyId());
    assertEquals("wJalr/XUtn+FEMI=", lent.secretAccessKey());
    assertEquals(Optional.of("IQoJb3//example=="), lent.sessionToken());
    assertEquals(
        List.of("PUT /latest/api/token", "GET " + ROLES, "GET " + ROLES + "parent-role"), asked);
    assertEquals(List.of("169.254.169.254:80"), wentTo.stream().distinct().toList());
  }

  @ParameterizedTest
  @CsvSource({"14, 3", "15, 6"})
  void asksAgainAfterAQuarterOfAnHour(int minutes, int requests) {
    InstanceCredentials credentials = credentials();
    ParentCredentials unused = credentials.get();
    now = NOW.plus(Duration.ofMinutes(minutes));
    ParentCredentials again = credentials.get();
    assertEquals(unused.accessKeyId(), again.accessKeyId());
    assertEquals(requests, asked.size());
  }

  @ParameterizedTest
  @CsvSource({"1, 3", "2, 6"})
  void asksAgainFiveMinutesBeforeTheyExpire(int minutes, int requests) {
    answers.put(ROLES + "parent-role", LENT.replace("18:00", "12:07"));
    InstanceCredentials credentials = credentials();
    ParentCredentials unused = credentials.get();
    now = NOW.plus(Duration.ofMinutes(minutes));
    ParentCredentials again = credentials.get();
    assertEquals(unused.accessKeyId(), again.accessKeyId());
    assertEquals(requests, asked.size());
  }

  @Test
  void aRoleThatIsNoneIsNotPutIntoARequest() {
    answers.put(ROLES, "a b\r\nX-Other: c");
    assertTrue(failure().contains("no role; has the instance a profile"));
    assertEquals(2, asked.size());
  }

  @Test
  void anInstanceWithoutAProfileIsSaidToHaveNone() {
    answers.remove(ROLES);
    assertTrue(failure().contains("it answers 404 to GET " + ROLES));
  }

  @Test
  void aTokenThatWouldEndAHeaderIsNotSent() {
    answers.put("/latest/api/token", "a\r\nX-Other: b");
    assertTrue(failure().contains("no session's token"));
    assertEquals(1, asked.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"})
  void whatLacksAFieldIsRefusedAndShowsNoSecret(String field) {
    answers.put(ROLES + "parent-role", LENT.replace(field, "Other"));
    assertTrue(failure().contains("has no " + field));
    answers.put(
        ROLES + "parent-role", LENT.replaceAll("\"" + field + "\" : \"[^\"]*", "\"" + field + "\" : \" "));
    String message = failure();
    assertTrue(message.contains("not the form of credentials"), message);
    assertFalse(message.contains("wJalr"), message);
  }

  @Test
  void aWayThatLeadsNowhereIsSaid() {
    InstanceCredentials credentials = new InstanceCredentials(
        (host, port, limit) -> {
          throw new IOException("not in this image's list");
        },
        () -> now);
    assertTrue(assertThrows(UncheckedIOException.class, credentials::get)
        .getMessage()
        .contains("gives no credentials: not in this image's list"));
  }
}
