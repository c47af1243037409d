package io.treza.image.internal.registry;

import static io.treza.image.Refusal.assertRefused;
import static io.treza.image.internal.registry.RegistryFixture.IMAGE;
import static io.treza.image.internal.registry.RegistryFixture.LAYER;
import static io.treza.image.internal.registry.RegistryFixture.LAYER_DIGEST;
import static io.treza.image.internal.registry.RegistryFixture.MANIFEST_DIGEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RegistryReference;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.image.internal.ImageLoader;
import io.treza.image.internal.registry.ScriptedServer.Asked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is pulled from a registry and kept, and that it is checked. */
class RegistryImageTest {
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
  void tagLeadsToTheImage() throws IOException {
    ImageLoader.Loaded image = registry.pull();
    assertEquals(MANIFEST_DIGEST, image.description().manifestDigest().orElseThrow());
    assertEquals(TestImage.digest(IMAGE.config()), image.description().configDigest());
    assertEquals(1, image.layers().size());
    registry.assertNothingHalfWritten();
  }

  @Test
  void secondPullByDigestAsksNothing() throws IOException {
    registry.pull("@" + MANIFEST_DIGEST, Optional.empty());
    registry.server.asked.clear();
    registry.pull("@" + MANIFEST_DIGEST, Optional.empty());
    registry.pull(":gone@" + MANIFEST_DIGEST, Optional.empty());
    assertEquals(List.of(), registry.server.asked);
  }

  @Test
  void secondPullByTagAsksOnlyWhatTheTagMeans() throws IOException {
    registry.pull();
    registry.server.asked.clear();
    registry.pull();
    assertEquals(
        List.of(ScriptedServer.manifest("1")),
        registry.server.asked.stream().map(Asked::uri).toList());
  }

  @Test
  void offlineUsesWhatIsThereAndNamesWhatIsNot() throws IOException {
    registry.offline = true;
    registry.refused("shop/app:1: offline", "name the image by its digest");
    registry.offline = false;
    registry.pull();
    registry.server.close();
    registry.offline = true;
    registry.pull();
    Files.delete(registry.cached(LAYER_DIGEST));
    registry.refused("blob " + LAYER_DIGEST + ": offline", registry.cache.toString());
  }

  @Test
  void damagedFileInTheCacheIsPulledAgain() throws IOException {
    registry.pull();
    byte[] good = Files.readAllBytes(registry.cached(LAYER_DIGEST));
    byte[] bad = good.clone();
    bad[bad.length - 1] ^= 1;
    Files.write(registry.cached(LAYER_DIGEST), bad);
    registry.pull();
    assertEquals(2, registry.server.count(ScriptedServer.blob(LAYER_DIGEST)));
    Files.write(registry.cached(LAYER_DIGEST), bad);
    registry.offline = true;
    registry.refused(LAYER_DIGEST + ": offline");
    assertArrayEquals(bad, Files.readAllBytes(registry.cached(LAYER_DIGEST)));
  }

  @Test
  void manifestThatIsNotTheOneOfItsDigestIsRefused() throws IOException {
    registry.server.on(ScriptedServer.manifest(MANIFEST_DIGEST), "{}".getBytes(UTF_8));
    assertRefused(
        ImageException.class,
        () -> registry.pull("@" + MANIFEST_DIGEST, Optional.empty()),
        "manifest " + MANIFEST_DIGEST,
        "its digest is");
    assertFalse(Files.exists(registry.cached(MANIFEST_DIGEST)));
  }

  @Test
  void blobOfAnotherDigestIsRefusedAndNotKept() throws IOException {
    byte[] other = TestImage.gzip(LAYER);
    other[4] ^= 1;
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 200, other));
    registry.refused("blob " + LAYER_DIGEST, "its digest is " + TestImage.digest(other));
    assertEquals(1, registry.server.count(ScriptedServer.blob(LAYER_DIGEST)));
    assertFalse(Files.exists(registry.cached(LAYER_DIGEST)));
  }

  @Test
  void blobLongerThanStatedIsRefusedUnread() throws IOException {
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 200, new byte[1 << 20]));
    registry.refused(
        "blob " + LAYER_DIGEST, "more than the " + TestImage.gzip(LAYER).length + " bytes");
  }

  @Test
  void onlyTheWantedPlatformIsPulled() throws IOException {
    byte[] armLayer = new Tar().file("etc/motd", "arm").bytes();
    TestImage arm = TestImage.of(armLayer).architecture("arm64");
    registry.server.serve(IMAGE, arm);
    ImageLoader.Loaded image = registry.pull(":1", Optional.of("arm64"));
    assertEquals("arm64", image.description().config().architecture());
    assertEquals(
        TestImage.digest(arm.manifest()), image.description().manifestDigest().orElseThrow());
    assertEquals(0, registry.server.count(ScriptedServer.blob(LAYER_DIGEST)));
    assertRefused(
        ImageException.class,
        () -> registry.pull(":1", Optional.empty()),
        "[linux/amd64, linux/arm64]");
    assertEquals(0, registry.server.count(ScriptedServer.blob(LAYER_DIGEST)));
  }

  @Test
  void sizesThatAreTooLargeAreNotPulled() throws IOException {
    RegistryReference reference =
        RegistryReference.parse(registry.server.registry() + "/shop/app:1");
    assertRefused(
        ImageException.class,
        () -> registry.pull(reference, Optional.empty(), new ImageLimits(50, 10, 100)),
        "the image has more than 50; raise maxBytes");
    byte[] endless = new byte[(4 << 20) + 1];
    Arrays.fill(endless, (byte) ' ');
    registry.server.on(ScriptedServer.manifest("1"), endless);
    registry.refused("over 4194304 bytes of JSON");
  }

  @Test
  void configurationThatIsTooLargeIsNotPulled() throws IOException {
    String config = TestImage.digest(IMAGE.config());
    String manifest =
        new String(IMAGE.manifest(), UTF_8).replaceFirst("\"size\":[0-9]+", "\"size\":5000000");
    registry.server.on(ScriptedServer.manifest("1"), manifest.getBytes(UTF_8));
    registry.refused("a configuration of 5000000 bytes");
    assertEquals(0, registry.server.count(ScriptedServer.blob(config)));
  }

  @Test
  void progressRunsFromNothingToAll() throws IOException {
    List<String> heard = new ArrayList<>();
    registry.progress = (digest, done, total) -> heard.add(digest + " " + done + "/" + total);
    registry.pull();
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
          return registry.pull().description().configDigest();
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }));
    }
    pulls.forEach(p -> assertEquals(TestImage.digest(IMAGE.config()), p.join()));
  }
}
