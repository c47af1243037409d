package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertRefused;
import static io.treza.image.internal.registry.RegistryFixture.LAYER;
import static io.treza.image.internal.registry.RegistryFixture.LAYER_DIGEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RegistryReference;
import io.treza.image.TestImage;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens where a registry or the connection to it fails. */
class RegistryFailureTest {
  @TempDir
  Path dir;

  private RegistryFixture registry;

  @BeforeEach
  void start() throws IOException {
    registry = new RegistryFixture(dir);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void brokenConnectionIsTriedAgain() throws IOException {
    byte[] gzip = TestImage.gzip(LAYER);
    registry.blob((exchange, n) -> {
      if (n < 2) {
        ScriptedServer.sendHalf(exchange, gzip);
      } else {
        ScriptedServer.send(exchange, 200, gzip);
      }
    });
    registry.pull();
    assertEquals(List.of(Duration.ofMillis(500), Duration.ofSeconds(1)), registry.slept);
  }

  @Test
  void blobThatIsAlwaysCutShortIsGivenUp() throws IOException {
    registry.blob((exchange, n) -> ScriptedServer.sendHalf(exchange, TestImage.gzip(LAYER)));
    registry.refused("blob " + LAYER_DIGEST, "gave up after 4 attempts");
    assertEquals(3, registry.slept.size());
    assertFalse(Files.exists(registry.cached(LAYER_DIGEST)));
  }

  /** The registry.server ends the answer in good order, so only the stated size tells. */
  @Test
  void blobShorterThanStatedIsGivenUp() throws IOException {
    byte[] half = Arrays.copyOf(TestImage.gzip(LAYER), 20);
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 200, half));
    registry.refused("blob " + LAYER_DIGEST, "ended after 20 of " + TestImage.gzip(LAYER).length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "Mon, 23 Nov 2026 00:00:07 GMT"})
  void serverSaysHowLongToWait(String retryAfter) throws IOException {
    byte[] gzip = TestImage.gzip(LAYER);
    registry.blob((exchange, n) -> {
      if (n == 0) {
        ScriptedServer.send(exchange, 429, "Retry-After", retryAfter);
      } else {
        ScriptedServer.send(exchange, 200, gzip);
      }
    });
    registry.pull();
    assertEquals(List.of(Duration.ofSeconds(7)), registry.slept);
  }

  @Test
  void serverThatAsksForHoursIsGivenUp() throws IOException {
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 429, "Retry-After", "7200"));
    registry.refused("blob " + LAYER_DIGEST, "7200 s");
    assertEquals(List.of(), registry.slept);
  }

  @Test
  void serverThatStaysBrokenIsGivenUp() throws IOException {
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 503, new byte[0]));
    registry.refused("blob " + LAYER_DIGEST, "HTTP status 503");
    assertEquals(4, registry.server.count(ScriptedServer.blob(LAYER_DIGEST)));
  }

  @Test
  void absenceIsNotTriedAgain() {
    assertRefused(
        ImageException.class,
        () -> registry.pull(":2", Optional.empty()),
        "shop/app: manifest 2: not found");
    assertEquals(1, registry.server.asked.size());
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
        () -> registry.pull(reference, Optional.empty(), ImageLimits.defaults()),
        "localhost:" + port,
        "gave up");
  }
}
