package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
import io.treza.image.internal.http.Proxies;
import io.treza.image.internal.http.Retries;
import io.treza.image.internal.registry.ScriptedServer.Asked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Pulls from a registry on loopback that answers as a test says. */
final class RegistryFixture implements AutoCloseable {
  static final byte[] LAYER = new Tar().file("etc/motd", "hello").bytes();
  static final TestImage IMAGE = TestImage.of(LAYER);
  static final String LAYER_DIGEST = TestImage.digest(TestImage.gzip(LAYER));
  static final String MANIFEST_DIGEST = TestImage.digest(IMAGE.manifest());
  static final String SECRET = "s3cret-hunter2";
  private static final Instant NOW = Instant.parse("2026-11-23T00:00:00Z");

  final List<Duration> slept = new ArrayList<>();
  final ScriptedServer server;
  final Path cache;
  Optional<RegistryCredential> credential = Optional.empty();
  boolean offline;
  BlobProgress progress = (digest, done, total) -> {};
  private final Path dir;

  /** Works in a directory that is empty. */
  RegistryFixture(Path dir) throws IOException {
    this.dir = dir;
    this.cache = dir.resolve("cache");
    this.server = new ScriptedServer().serve(IMAGE);
  }

  @Override
  public void close() {
    server.close();
  }

  ImageLoader.Loaded pull(String tagOrDigest, Optional<String> architecture) throws IOException {
    return pull(
        RegistryReference.parse(server.registry() + "/shop/app" + tagOrDigest),
        architecture,
        ImageLimits.defaults());
  }

  ImageLoader.Loaded pull(
      RegistryReference reference, Optional<String> architecture, ImageLimits limits)
      throws IOException {
    CredentialSource source = (registry, repository) -> credential;
    Settings settings = new Settings(
        cache, offline, source, Set.of(), Duration.ofSeconds(30), progress, Proxies.of(Map.of()));
    Retries retries = new Retries(Clock.fixed(NOW, ZoneOffset.UTC), slept::add);
    try (Spool spool = new Spool(dir, limits);
        RegistryImage image = new RegistryImage(reference, settings, limits, retries)) {
      Choice choice = new Choice(architecture, Optional.empty());
      return new ImageLoader(choice)
          .find(image, image.root(), reference.toString())
          .store(spool);
    }
  }

  ImageLoader.Loaded pull() throws IOException {
    return pull(":1", Optional.empty());
  }

  void refused(String... parts) throws IOException {
    assertRefused(ImageException.class, this::pull, parts);
    assertNothingHalfWritten();
  }

  void assertNothingHalfWritten() throws IOException {
    if (Files.exists(cache)) {
      assertEmpty(cache.resolve("partial"));
    }
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(List.of(), left.filter(p -> !p.equals(cache)).toList());
    }
  }

  Path cached(String digest) {
    return cache.resolve("blobs").resolve(digest.replace(':', '/'));
  }

  void blob(ScriptedServer.Answer answer) {
    server.on(ScriptedServer.blob(LAYER_DIGEST), answer);
  }

  /** All of the image only for those who show a password. */
  void requireBasic() {
    guard("Basic realm=\"test\"", "Basic bWU6czNjcmV0LWh1bnRlcjI=");
  }

  void guard(String challenge, String authorization) {
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

  void requireToken() {
    String realm = "http://localhost:" + server.port() + "/token";
    guard(
        "Bearer realm=\"%s\",service=\"the registry\",scope=\"repository:shop/app:push\""
            .formatted(realm),
        "Bearer t0ken");
    server.on("/token", "{\"token\":\"t0ken\",\"expires_in\":60}".getBytes(UTF_8));
  }

  Asked askedForToken() {
    return server.asked.stream()
        .filter(a -> a.uri().startsWith("/token"))
        .findFirst()
        .orElseThrow();
  }
}
