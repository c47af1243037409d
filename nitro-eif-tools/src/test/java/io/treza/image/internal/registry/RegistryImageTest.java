package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.BlobProgress;
import io.treza.image.CredentialSource;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RegistryCredential;
import io.treza.image.RegistryReference;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.image.internal.Choice;
import io.treza.image.internal.ImageLoader;
import io.treza.image.internal.Spool;
import io.treza.image.internal.registry.ScriptedServer.Asked;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulling from a registry that answers as each test says. */
class RegistryImageTest {
  private static final byte[] LAYER = new Tar().file("etc/motd", "hello").bytes();
  private static final TestImage IMAGE = TestImage.of(LAYER);
  private static final String LAYER_DIGEST = TestImage.digest(TestImage.gzip(LAYER));
  private static final String MANIFEST_DIGEST = TestImage.digest(IMAGE.manifest());
  private static final Instant NOW = Instant.parse("2026-11-23T00:00:00Z");
  private static final String SECRET = "s3cret-hunter2";

  @TempDir
  Path dir;

  private final List<Duration> slept = new ArrayList<>();
  private ScriptedServer server;
  private Path cache;
  private Optional<RegistryCredential> credential = Optional.empty();
  private boolean offline;
  private BlobProgress progress = (digest, done, total) -> {};

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer().serve(IMAGE);
    cache = dir.resolve("cache");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ImageLoader.Loaded pull(String tagOrDigest, Optional<String> architecture)
      throws IOException {
    return pull(
        RegistryReference.parse(server.registry() + "/shop/app" + tagOrDigest),
        architecture,
        ImageLimits.defaults());
  }

  private ImageLoader.Loaded pull(
      RegistryReference reference, Optional<String> architecture, ImageLimits limits)
      throws IOException {
    CredentialSource source = registry -> credential;
    Settings settings =
        new Settings(cache, offline, source, Set.of(), Duration.ofSeconds(30), progress);
    Retries retries = new Retries(Clock.fixed(NOW, ZoneOffset.UTC), slept::add);
    try (Spool spool = new Spool(dir, limits);
        RegistryImage image = new RegistryImage(reference, settings, limits, retries)) {
      Choice choice = new Choice(architecture, Optional.empty());
      return new ImageLoader(choice)
          .find(image, image.root(), reference.toString())
          .store(spool);
    }
  }

  private ImageLoader.Loaded pull() throws IOException {
    return pull(":1", Optional.empty());
  }

  private void refused(String... parts) throws IOException {
    assertRefused(ImageException.class, this::pull, parts);
    assertNothingHalfWritten();
  }

  private void assertNothingHalfWritten() throws IOException {
    if (Files.exists(cache)) {
      assertEmpty(cache.resolve("partial"));
    }
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(List.of(), left.filter(p -> !p.equals(cache)).toList());
    }
  }

  private Path cached(String digest) {
    return cache.resolve("blobs").resolve(digest.replace(':', '/'));
  }

  private void blob(ScriptedServer.Answer answer) {
    server.on(ScriptedServer.blob(LAYER_DIGEST), answer);
  }

  @Test
  void tagLeadsToTheImage() throws IOException {
    ImageLoader.Loaded image = pull();
    assertEquals(MANIFEST_DIGEST, image.description().manifestDigest().orElseThrow());
    assertEquals(TestImage.digest(IMAGE.config()), image.description().configDigest());
    assertEquals(1, image.layers().size());
    assertNothingHalfWritten();
  }

  @Test
  void secondPullByDigestAsksNothing() throws IOException {
    pull("@" + MANIFEST_DIGEST, Optional.empty());
    server.asked.clear();
    pull("@" + MANIFEST_DIGEST, Optional.empty());
    pull(":gone@" + MANIFEST_DIGEST, Optional.empty());
    assertEquals(List.of(), server.asked);
  }

  @Test
  void secondPullByTagAsksOnlyWhatTheTagMeans() throws IOException {
    pull();
    server.asked.clear();
    pull();
    assertEquals(
        List.of(ScriptedServer.manifest("1")),
        server.asked.stream().map(Asked::uri).toList());
  }

  @Test
  void offlineUsesWhatIsThereAndNamesWhatIsNot() throws IOException {
    offline = true;
    refused("shop/app:1: offline", "name the image by its digest");
    offline = false;
    pull();
    server.close();
    offline = true;
    pull();
    Files.delete(cached(LAYER_DIGEST));
    refused("blob " + LAYER_DIGEST + ": offline", cache.toString());
  }

  @Test
  void damagedFileInTheCacheIsPulledAgain() throws IOException {
    pull();
    byte[] good = Files.readAllBytes(cached(LAYER_DIGEST));
    byte[] bad = good.clone();
    bad[bad.length - 1] ^= 1;
    Files.write(cached(LAYER_DIGEST), bad);
    pull();
    assertEquals(2, server.count(ScriptedServer.blob(LAYER_DIGEST)));
    Files.write(cached(LAYER_DIGEST), bad);
    offline = true;
    refused(LAYER_DIGEST + ": offline");
  }

  @Test
  void manifestThatIsNotTheOneOfItsDigestIsRefused() throws IOException {
    server.on(ScriptedServer.manifest(MANIFEST_DIGEST), "{}".getBytes(UTF_8));
    assertRefused(
        ImageException.class,
        () -> pull("@" + MANIFEST_DIGEST, Optional.empty()),
        "manifest " + MANIFEST_DIGEST,
        "its digest is");
    assertFalse(Files.exists(cached(MANIFEST_DIGEST)));
  }

  @Test
  void blobOfAnotherDigestIsRefusedAndNotKept() throws IOException {
    byte[] other = TestImage.gzip(LAYER);
    other[4] ^= 1;
    blob((exchange, n) -> ScriptedServer.send(exchange, 200, other));
    refused("blob " + LAYER_DIGEST, "its digest is " + TestImage.digest(other));
    assertEquals(1, server.count(ScriptedServer.blob(LAYER_DIGEST)));
    assertFalse(Files.exists(cached(LAYER_DIGEST)));
  }

  @Test
  void blobLongerThanStatedIsRefusedUnread() throws IOException {
    blob((exchange, n) -> ScriptedServer.send(exchange, 200, new byte[1 << 20]));
    refused("blob " + LAYER_DIGEST, "more than the " + TestImage.gzip(LAYER).length + " bytes");
  }

  @Test
  void brokenConnectionIsTriedAgain() throws IOException {
    byte[] gzip = TestImage.gzip(LAYER);
    blob((exchange, n) -> {
      if (n < 2) {
        ScriptedServer.sendHalf(exchange, gzip);
      } else {
        ScriptedServer.send(exchange, 200, gzip);
      }
    });
    pull();
    assertEquals(List.of(Duration.ofMillis(500), Duration.ofSeconds(1)), slept);
  }

  @Test
  void blobThatIsAlwaysCutShortIsGivenUp() throws IOException {
    blob((exchange, n) -> ScriptedServer.sendHalf(exchange, TestImage.gzip(LAYER)));
    refused("blob " + LAYER_DIGEST, "gave up after 4 attempts");
    assertEquals(3, slept.size());
    assertFalse(Files.exists(cached(LAYER_DIGEST)));
  }

  /** The server ends the answer in good order, so only the stated size tells. */
  @Test
  void blobShorterThanStatedIsGivenUp() throws IOException {
    byte[] half = Arrays.copyOf(TestImage.gzip(LAYER), 20);
    blob((exchange, n) -> ScriptedServer.send(exchange, 200, half));
    refused("blob " + LAYER_DIGEST, "ended after 20 of " + TestImage.gzip(LAYER).length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "Mon, 23 Nov 2026 00:00:07 GMT"})
  void serverSaysHowLongToWait(String retryAfter) throws IOException {
    byte[] gzip = TestImage.gzip(LAYER);
    blob((exchange, n) -> {
      if (n == 0) {
        ScriptedServer.send(exchange, 429, "Retry-After", retryAfter);
      } else {
        ScriptedServer.send(exchange, 200, gzip);
      }
    });
    pull();
    assertEquals(List.of(Duration.ofSeconds(7)), slept);
  }

  @Test
  void serverThatAsksForHoursIsGivenUp() throws IOException {
    blob((exchange, n) -> ScriptedServer.send(exchange, 429, "Retry-After", "7200"));
    refused("blob " + LAYER_DIGEST, "7200 s");
    assertEquals(List.of(), slept);
  }

  @Test
  void serverThatStaysBrokenIsGivenUp() throws IOException {
    blob((exchange, n) -> ScriptedServer.send(exchange, 503, new byte[0]));
    refused("blob " + LAYER_DIGEST, "HTTP status 503");
    assertEquals(4, server.count(ScriptedServer.blob(LAYER_DIGEST)));
  }

  @Test
  void absenceIsNotTriedAgain() {
    assertRefused(
        ImageException.class,
        () -> pull(":2", Optional.empty()),
        "shop/app: manifest 2: not found");
    assertEquals(1, server.asked.size());
  }

  @Test
  void serverThatIsNotThereIsNamed() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    RegistryReference reference = RegistryReference.parse("localhost:" + port + "/shop/app:1");
    assertRefused(
        ImageException.class,
        () -> pull(reference, Optional.empty(), ImageLimits.defaults()),
        "localhost:" + port,
        "gave up");
  }

  @Test
  void onlyTheWantedPlatformIsPulled() throws IOException {
    byte[] armLayer = new Tar().file("etc/motd", "arm").bytes();
    TestImage arm = TestImage.of(armLayer).architecture("arm64");
    server.serve(IMAGE, arm);
    ImageLoader.Loaded image = pull(":1", Optional.of("arm64"));
    assertEquals("arm64", image.description().config().architecture());
    assertEquals(
        TestImage.digest(arm.manifest()), image.description().manifestDigest().orElseThrow());
    assertEquals(0, server.count(ScriptedServer.blob(LAYER_DIGEST)));
    assertRefused(
        ImageException.class, () -> pull(":1", Optional.empty()), "[linux/amd64, linux/arm64]");
    assertEquals(0, server.count(ScriptedServer.blob(LAYER_DIGEST)));
  }

  @Test
  void sizesThatAreTooLargeAreNotPulled() throws IOException {
    RegistryReference reference = RegistryReference.parse(server.registry() + "/shop/app:1");
    assertRefused(
        ImageException.class,
        () -> pull(reference, Optional.empty(), new ImageLimits(50, 10, 100)),
        "the image has more than 50; raise maxBytes");
    byte[] endless = new byte[(4 << 20) + 1];
    Arrays.fill(endless, (byte) ' ');
    server.on(ScriptedServer.manifest("1"), endless);
    refused("over 4194304 bytes of JSON");
  }

  @Test
  void configurationThatIsTooLargeIsNotPulled() throws IOException {
    String config = TestImage.digest(IMAGE.config());
    String manifest =
        new String(IMAGE.manifest(), UTF_8).replaceFirst("\"size\":[0-9]+", "\"size\":5000000");
    server.on(ScriptedServer.manifest("1"), manifest.getBytes(UTF_8));
    refused("a configuration of 5000000 bytes");
    assertEquals(0, server.count(ScriptedServer.blob(config)));
  }

  @Test
  void redirectElsewhereIsFollowedWithoutCredentials() throws IOException {
    requireBasic();
    credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    String elsewhere = "http://127.0.0.1:" + server.port() + "/storage?signature=x";
    blob((exchange, n) -> ScriptedServer.send(exchange, 307, "Location", elsewhere));
    server.on("/storage", TestImage.gzip(LAYER));
    pull();
    for (Asked asked : server.asked) {
      if (asked.host().startsWith("127.")) {
        assertEquals("null", asked.authorization());
      }
    }
    assertEquals(1, server.count("/storage?signature=x"));
  }

  @Test
  void redirectOnTheSameServerKeepsCredentials() throws IOException {
    requireBasic();
    credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    blob((exchange, n) -> ScriptedServer.send(exchange, 302, "Location", "/storage"));
    server.on("/storage", TestImage.gzip(LAYER));
    pull();
    Asked last = server.asked.get(server.asked.size() - 1);
    assertEquals("/storage", last.uri());
    assertTrue(last.authorization().startsWith("Basic "));
  }

  @Test
  void endlessRedirectIsRefused() throws IOException {
    blob((exchange, n) ->
        ScriptedServer.send(exchange, 302, "Location", ScriptedServer.blob(LAYER_DIGEST)));
    refused("more than 5 redirects");
  }

  /** All of the image only for those who show a password. */
  private void requireBasic() {
    guard("Basic realm=\"test\"", "Basic bWU6czNjcmV0LWh1bnRlcjI=");
  }

  private void guard(String challenge, String authorization) {
    for (String path : List.of(
        ScriptedServer.manifest("1"),
        ScriptedServer.blob(TestImage.digest(IMAGE.config())),
        ScriptedServer.blob(LAYER_DIGEST))) {
      ScriptedServer.Answer inside = server.at(path);
      server.on(path, (exchange, n) -> {
        String shown = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization.equals(shown)) {
          inside.to(exchange, n);
        } else {
          ScriptedServer.send(exchange, 401, "WWW-Authenticate", challenge);
        }
      });
    }
  }

  private void requireToken() {
    String realm = "http://localhost:" + server.port() + "/token";
    guard(
        "Bearer realm=\"%s\",service=\"the registry\",scope=\"repository:shop/app:push\""
            .formatted(realm),
        "Bearer t0ken");
    server.on("/token", "{\"token\":\"t0ken\",\"expires_in\":60}".getBytes(UTF_8));
  }

  private Asked askedForToken() {
    return server.asked.stream()
        .filter(a -> a.uri().startsWith("/token"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void basicChallengeIsAnswered() throws IOException {
    requireBasic();
    refused("access denied", "docker login " + server.registry());
    credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    pull();
  }

  @Test
  void wrongPasswordIsRefusedWithoutShowingIt() {
    requireBasic();
    credential = Optional.of(new RegistryCredential.Password("me", "other-" + SECRET));
    String message =
        String.valueOf(assertThrows(ImageException.class, this::pull).getMessage());
    assertTrue(message.contains("access denied"), message);
    assertFalse(message.contains(SECRET), message);
  }

  @Test
  void tokenIsHadAnonymouslyForReadingThisRepositoryOnly() throws IOException {
    requireToken();
    pull();
    assertEquals(
        "/token?scope=repository%3Ashop%2Fapp%3Apull&service=the%20registry",
        askedForToken().uri());
    assertEquals("null", askedForToken().authorization());
    assertEquals(
        1, server.asked.stream().filter(a -> a.uri().startsWith("/token")).count());
  }

  @Test
  void tokenIsHadForAPassword() throws IOException {
    requireToken();
    credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    pull();
    assertEquals("Basic bWU6czNjcmV0LWh1bnRlcjI=", askedForToken().authorization());
  }

  @Test
  void tokenIsHadForAnIdentityToken() throws IOException {
    requireToken();
    server.on("/token", "{\"access_token\":\"t0ken\"}".getBytes(UTF_8));
    credential = Optional.of(new RegistryCredential.IdentityToken(SECRET));
    pull();
    assertEquals("POST", askedForToken().method());
    assertEquals(
        "grant_type=refresh_token&refresh_token=" + SECRET
            + "&client_id=treza&service=the+registry&scope=repository%3Ashop%2Fapp%3Apull",
        askedForToken().body());
  }

  @Test
  void readyTokenIsUsedAsItIs() throws IOException {
    requireToken();
    credential = Optional.of(new RegistryCredential.BearerToken("t0ken"));
    pull();
    assertEquals(
        0, server.asked.stream().filter(a -> a.uri().startsWith("/token")).count());
  }

  @Test
  void tokenThatBreaksTheHeaderIsRefusedWithoutShowingIt() {
    requireToken();
    server.on("/token", "{\"token\":\"secret\\r\\nX: y\"}".getBytes(UTF_8));
    String message =
        String.valueOf(assertThrows(ImageException.class, this::pull).getMessage());
    assertTrue(message.contains("no token that fits"), message);
    assertFalse(message.contains("secret"), message);
  }

  @Test
  void tokenServiceThatRefusesIsNamed() throws IOException {
    requireToken();
    server.on("/token", (exchange, n) -> ScriptedServer.send(exchange, 401, new byte[0]));
    refused("token service localhost", "log in again");
  }

  @Test
  void tokenServiceInPlainHttpElsewhereIsRefused() throws IOException {
    guard("Bearer realm=\"http://tokens.example/\",service=\"x\"", "never");
    credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    refused("tokens.example is not reached by TLS");
  }

  @Test
  void challengeThatNamesNoServiceIsRefused() throws IOException {
    guard("Bearer realm=\"nowhere\"", "never");
    refused("names no usable token service");
  }

  @Test
  void progressRunsFromNothingToAll() throws IOException {
    List<String> heard = new ArrayList<>();
    progress = (digest, done, total) -> heard.add(digest + " " + done + "/" + total);
    pull();
    int size = TestImage.gzip(LAYER).length;
    assertTrue(heard.contains(LAYER_DIGEST + " 0/" + size), heard::toString);
    assertEquals(LAYER_DIGEST + " " + size + "/" + size, heard.get(heard.size() - 1));
  }

  @Test
  void buildsMayShareTheCacheAtOnce() {
    List<CompletableFuture<String>> pulls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      pulls.add(CompletableFuture.supplyAsync(() -> {
        try {
          return pull().description().configDigest();
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }));
    }
    pulls.forEach(p -> assertEquals(TestImage.digest(IMAGE.config()), p.join()));
  }
}
