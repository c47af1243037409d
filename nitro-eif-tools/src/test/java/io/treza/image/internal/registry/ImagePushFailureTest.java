package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.image.CredentialSource;
import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.RegistryReference;
import io.treza.image.internal.ImageParts;
import io.treza.image.internal.Part;
import io.treza.image.internal.http.Proxies;
import io.treza.image.internal.http.Retries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushing to registries that break off, refuse, or lie. */
class ImagePushFailureTest {
  private static final String UPLOADS = "/v2/shop/app/blobs/uploads/";
  private static final String SESSION = "/v2/shop/app/blobs/uploads/1";
  private static final Part LAYER = part("application/vnd.oci.image.layer.v1.tar", "0123456789");
  private static final Part CONFIG = part("application/vnd.oci.image.config.v1+json", "{}");
  private static final Part MANIFEST =
      part("application/vnd.oci.image.manifest.v1+json", "{\"schemaVersion\":2}");
  private static final ImageParts IMAGE = new ImageParts(List.of(LAYER), CONFIG, MANIFEST);

  @TempDir
  Path dir;

  private final List<Duration> slept = new ArrayList<>();
  private final List<Long> progress = new ArrayList<>();
  private Optional<RegistryCredential> credential = Optional.empty();
  private Optional<RegistryReference> base = Optional.empty();
  private boolean offline;
  private ScriptedServer server;

  private static Part part(String type, String text) {
    return Part.of(type, text.getBytes(UTF_8));
  }

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
    server.on(
        UPLOADS, (exchange, n) -> ScriptedServer.send(exchange, 202, "Location", SESSION + "?s=a"));
    server.on(SESSION, (exchange, n) -> ScriptedServer.send(exchange, 201, new byte[0]));
    server.on(
        ScriptedServer.manifest("1"),
        (exchange, n) -> ScriptedServer.send(exchange, 201, new byte[0]));
    has(CONFIG);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void has(Part part) {
    server.on(
        ScriptedServer.blob(part.digest().toString()),
        (exchange, n) -> exchange.sendResponseHeaders(200, -1));
  }

  private RegistryReference push() throws IOException {
    CredentialSource source = (registry, repository) -> credential;
    Settings settings = new Settings(
        dir,
        offline,
        source,
        Set.of(),
        Duration.ofSeconds(30),
        (digest, done, total) -> progress.add(done),
        Proxies.of(Map.of()));
    try (ImagePush push = new ImagePush(
        RegistryReference.parse(server.registry() + "/shop/app:1"),
        settings,
        base,
        new Retries(Clock.systemUTC(), slept::add))) {
      return push.push(IMAGE);
    }
  }

  private void refused(String... parts) {
    assertRefused(ImageException.class, this::push, parts);
  }

  /** Method, path without the registry's own, and body of what was asked about the upload. */
  private List<String> uploads() {
    return server.asked.stream()
        .filter(asked -> asked.uri().startsWith(UPLOADS))
        .map(asked -> asked.method() + " "
            + asked.uri().substring(UPLOADS.length()).replace("%3A", ":") + " " + asked.body())
        .toList();
  }

  private static String put(String session, String body) {
    return "PUT 1?s=" + session + "&digest=" + LAYER.digest() + " " + body;
  }

  /** Breaks the first request of the session off without an answer. */
  private void breakThen(ScriptedServer.Answer then) {
    server.on(SESSION, (exchange, n) -> {
      if (n == 0) {
        throw new IOException("the connection breaks");
      }
      then.to(exchange, n);
    });
  }

  @Test
  void blobGoesInOnePiece() throws IOException {
    RegistryReference pushed = push();
    assertEquals(List.of("POST  ", put("a", "0123456789")), uploads());
    assertEquals(Optional.of(MANIFEST.digest().toString()), pushed.digest());
    assertEquals(List.of(0L, 10L), progress);
    ScriptedServer.Asked last = server.asked.get(server.asked.size() - 1);
    assertEquals("PUT " + ScriptedServer.manifest("1"), last.method() + " " + last.uri());
  }

  @Test
  void brokenUploadGoesOnWhereTheRegistrySaysItIs() throws IOException {
    breakThen((exchange, n) -> {
      String method = exchange.getRequestMethod();
      if (method.equals("GET")) {
        exchange.getResponseHeaders().set("Range", "0-3");
        ScriptedServer.send(exchange, 204, "Location", SESSION + "?s=b");
      } else if (method.equals("PATCH")) {
        assertEquals("4-9", exchange.getRequestHeaders().getFirst("Content-Range"));
        ScriptedServer.send(exchange, 202, "Location", SESSION + "?s=c");
      } else {
        ScriptedServer.send(exchange, 201, new byte[0]);
      }
    });
    push();
    assertEquals(
        List.of("POST  ", put("a", "0123456789"), "GET 1?s=a ", "PATCH 1?s=b 456789", put("c", "")),
        uploads());
    assertEquals(1, slept.size());
  }

  @Test
  void uploadThatArrivedWholeIsOnlyFinished() throws IOException {
    breakThen((exchange, n) -> {
      if (exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Range", "0-9");
        exchange.sendResponseHeaders(204, -1);
      } else {
        ScriptedServer.send(exchange, 201, new byte[0]);
      }
    });
    push();
    assertEquals(List.of("POST  ", put("a", "0123456789"), "GET 1?s=a ", put("a", "")), uploads());
  }

  @Test
  void uploadThatTheRegistryLostStartsAnew() throws IOException {
    for (String range : List.of("none", "0-0", "0-99", "5-9")) {
      server.close();
      start();
      breakAndForget(range);
      push();
      assertEquals(
          List.of("POST  ", put("a", "0123456789"), "GET 1?s=a ", "POST  ", put("a", "0123456789")),
          uploads(),
          range);
    }
  }

  private void breakAndForget(String range) {
    breakThen((exchange, n) -> {
      if (exchange.getRequestMethod().equals("PUT")) {
        ScriptedServer.send(exchange, 201, new byte[0]);
      } else if (range.equals("none")) {
        ScriptedServer.send(exchange, 404, new byte[0]);
      } else {
        ScriptedServer.send(exchange, 204, "Range", range);
      }
    });
  }

  @Test
  void resumedUploadThatIsRefusedStartsAnew() throws IOException {
    breakThen((exchange, n) -> {
      switch (exchange.getRequestMethod()) {
        case "GET" -> ScriptedServer.send(exchange, 204, "Range", "0-3");
        case "PATCH" -> ScriptedServer.send(exchange, 416, new byte[0]);
        default -> ScriptedServer.send(exchange, 201, new byte[0]);
      }
    });
    push();
    assertEquals(
        List.of(
            "POST  ",
            put("a", "0123456789"),
            "GET 1?s=a ",
            "PATCH 1?s=a 456789",
            "POST  ",
            put("a", "0123456789")),
        uploads());
  }

  @Test
  void registryThatAlwaysBreaksIsGivenUpAndTheManifestNotPushed() {
    server.on(SESSION, (exchange, n) -> ScriptedServer.send(exchange, 503, new byte[0]));
    refused("upload of blob " + LAYER.digest(), "503", "gave up after 4 attempts");
    assertEquals(3, slept.size());
    assertEquals(0, server.count(ScriptedServer.manifest("1")));
  }

  @Test
  void progressBetweenBreaksIsNoReasonToGiveUp() throws IOException {
    server.on(SESSION, (exchange, n) -> {
      String method = exchange.getRequestMethod();
      if (method.equals("GET")) {
        ScriptedServer.send(exchange, 204, "Range", "0-" + (n / 2 + 1));
      } else if (n < 12) {
        throw new IOException("the connection breaks");
      } else {
        ScriptedServer.send(
            exchange, method.equals("PATCH") ? 202 : 201, "Location", SESSION + "?s=z");
      }
    });
    push();
    assertEquals(put("z", ""), uploads().get(uploads().size() - 1));
  }

  @Test
  void registryThatIsBusySaysHowLongToWait() throws IOException {
    server.on(SESSION, (exchange, n) -> {
      if (n == 0) {
        ScriptedServer.send(exchange, 429, "Retry-After", "7");
      } else {
        ScriptedServer.send(exchange, n == 1 ? 404 : 201, new byte[0]);
      }
    });
    push();
    assertEquals(List.of(Duration.ofSeconds(7)), slept);
  }

  @Test
  void whatIsThereIsNotSent() throws IOException {
    has(LAYER);
    push();
    assertEquals(List.of(), uploads());
  }

  @Test
  void blobThatAStoreWillNotTellOfIsSent() throws IOException {
    try (ScriptedServer store = new ScriptedServer()) {
      store.on("/stored", (exchange, n) -> exchange.sendResponseHeaders(403, -1));
      server.on(
          ScriptedServer.blob(LAYER.digest().toString()),
          (exchange, n) -> ScriptedServer.send(
              exchange, 307, "Location", "http://" + store.registry() + "/stored"));
      push();
    }
    assertEquals(put("a", "0123456789"), uploads().get(1));
  }

  @Test
  void lentBlobIsNotSent() throws IOException {
    base = Optional.of(RegistryReference.parse(server.registry() + "/shop/base:1"));
    server.on(UPLOADS, (exchange, n) -> ScriptedServer.send(exchange, 201, new byte[0]));
    push();
    assertEquals(List.of("POST ?mount=" + LAYER.digest() + "&from=shop%2Fbase "), uploads());
  }

  @Test
  void blobThatIsNotLentIsSent() throws IOException {
    base = Optional.of(RegistryReference.parse(server.registry() + "/shop/base:1"));
    push();
    assertEquals(put("a", "0123456789"), uploads().get(1));
  }

  @Test
  void nothingIsBorrowedFromAnotherRegistry() throws IOException {
    base = Optional.of(RegistryReference.parse("registry.example/shop/base:1"));
    push();
    assertEquals("POST  ", uploads().get(0));
  }

  @Test
  void tokenIsAskedForReadingWhatIsLent() throws IOException {
    base = Optional.of(RegistryReference.parse(server.registry() + "/shop/base:1"));
    server.on("/token", "{\"token\":\"t0ken\"}".getBytes(UTF_8));
    String realm = "http://localhost:" + server.port() + "/token";
    server.on(ScriptedServer.blob(LAYER.digest().toString()), (exchange, n) -> {
      boolean shown = "Bearer t0ken".equals(exchange.getRequestHeaders().getFirst("Authorization"));
      ScriptedServer.send(
          exchange, shown ? 404 : 401, "WWW-Authenticate", "Bearer realm=\"" + realm + "\"");
    });
    push();
    assertEquals(
        1,
        server.count("/token?scope=repository%3Ashop%2Fapp%3Apull%2Cpush"
            + "&scope=repository%3Ashop%2Fbase%3Apull"),
        server.asked::toString);
  }

  @Test
  void eachRefusalSaysWhatToDo() {
    Map<Integer, List<String>> messages = Map.of(
        401, List.of("access denied", "docker login"),
        403, List.of("access denied", "403"),
        404, List.of("not found", "create the repository first"),
        413, List.of("too large"),
        400, List.of("HTTP status 400"));
    messages.forEach((status, parts) -> {
      server.on(UPLOADS, (exchange, n) -> ScriptedServer.send(exchange, status, new byte[0]));
      refused(parts.toArray(String[]::new));
    });
  }

  @Test
  void whatTheRegistrySaysOfAnErrorIsPassedOnUnlessItCouldMislead() {
    answer("The image tag '1' already exists in the 'shop/app' repository and cannot be"
        + " overwritten because the repository is immutable.");
    refused("HTTP status 400", "the repository is immutable");
    answer("two\\nlines \\u001b[31m");
    String message = assertThrows(ImageException.class, this::push).getMessage();
    assertFalse(message.contains("lines"), message);
  }

  private void answer(String message) {
    server.on(
        ScriptedServer.manifest("1"),
        (exchange, n) -> ScriptedServer.send(
            exchange,
            400,
            ("{\"errors\":[{\"code\":\"TAG_INVALID\",\"message\":\"" + message + "\"}]}")
                .getBytes(UTF_8)));
  }

  @Test
  void anotherDigestThanWasSentIsRefused() {
    String other = "sha256:" + "0".repeat(64);
    server.on(
        ScriptedServer.manifest("1"),
        (exchange, n) -> ScriptedServer.send(exchange, 201, "Docker-Content-Digest", other));
    refused(other, MANIFEST.digest().toString(), "do not use");
  }

  @Test
  void credentialIsNotSentToAnotherServer() throws IOException {
    credential = Optional.of(new RegistryCredential.Password("me", "secret"));
    try (ScriptedServer other = new ScriptedServer()) {
      server.on(UPLOADS, (exchange, n) -> {
        if (n == 0) {
          ScriptedServer.send(exchange, 401, "WWW-Authenticate", "Basic realm=\"r\"");
        } else {
          ScriptedServer.send(exchange, 202, "Location", "http://" + other.registry() + "/up");
        }
      });
      refused("not found");
      assertEquals(
          List.of("null"), other.asked.stream().map(a -> a.authorization()).toList());
    }
  }

  @Test
  void offlineNothingIsAsked() {
    offline = true;
    refused("offline");
    assertEquals(List.of(), server.asked);
  }
}
