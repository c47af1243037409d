package io.treza.image;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulling from a real registry that wants a password. */
class RegistryTest {
  private static final byte[] LAYER = new Tar()
      .file("etc/motd", "hello")
      .directory("tmp")
      .symlink("etc/link", "motd")
      .bytes();
  private static final TestImage IMAGE =
      TestImage.of(LAYER, new Tar().file("b", "b").bytes());
  private static final TestImage ARM =
      TestImage.of(new Tar().file("a", "arm").bytes()).architecture("arm64");

  @TempDir
  static Path shared;

  private static TestRegistry registry;

  @TempDir
  Path dir;

  private Path work;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    registry = new TestRegistry(shared);
    registry.push("shop/app", "1", IMAGE);
    registry.push("shop/multi", "1", IMAGE, ARM);
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
  }

  @BeforeEach
  void makeWorkDirectory() throws IOException {
    work = Files.createDirectory(dir.resolve("work"));
  }

  private RegistryAccess.Builder access(String auth) throws IOException {
    return RegistryAccess.builder()
        .cache(dir.resolve("cache"))
        .credentials(CredentialSource.docker(registry.dockerConfig(dir.resolve("docker"), auth)));
  }

  private ContainerImage.Opener opener(RegistryAccess.Builder access) {
    return ContainerImage.opener().workDirectory(work).registries(access.build());
  }

  private static RegistryReference reference(String rest) {
    return RegistryReference.parse(registry.name() + "/" + rest);
  }

  private byte[] fromArchive(TestImage image) throws IOException {
    Path archive = TestImage.toArchive(image.dockerFiles(), dir.resolve("archive.tar"));
    try (ContainerImage opened = ContainerImage.opener().workDirectory(work).open(archive)) {
      return Listing.of(opened.flatten());
    }
  }

  @Test
  void imageIsTheSameAsFromAnArchive() throws IOException {
    try (ContainerImage image = opener(access(TestRegistry.AUTH)).open(reference("shop/app:1"))) {
      assertEquals(TestImage.digest(IMAGE.config()), image.configDigest());
      assertEquals(Optional.of(TestImage.digest(IMAGE.manifest())), image.manifestDigest());
      assertArrayEquals(fromArchive(IMAGE), Listing.of(image.flatten()));
    }
  }

  @Test
  void platformIsChosen() throws IOException {
    try (ContainerImage image =
        opener(access(TestRegistry.AUTH)).architecture("arm64").open(reference("shop/multi:1"))) {
      assertArrayEquals(fromArchive(ARM), Listing.of(image.flatten()));
    }
    assertRefused(
        ImageException.class,
        () -> opener(access(TestRegistry.AUTH)).open(reference("shop/multi:1")),
        "[linux/amd64, linux/arm64]");
  }

  @Test
  void passwordIsNeededAndMustBeRight() throws IOException {
    RegistryAccess.Builder none = access(TestRegistry.AUTH).credentials(CredentialSource.none());
    assertRefused(
        ImageException.class,
        () -> opener(none).open(reference("shop/app:1")),
        "access denied",
        "docker login " + registry.name());
    String wrong = Base64.getEncoder().encodeToString("me:wrong".getBytes(UTF_8));
    assertRefused(
        ImageException.class,
        () -> opener(access(wrong)).open(reference("shop/app:1")),
        "access denied");
  }

  @Test
  void whatIsNotThereIsNamed() throws IOException {
    assertRefused(
        ImageException.class,
        () -> opener(access(TestRegistry.AUTH)).open(reference("shop/app:2")),
        "shop/app: manifest 2: not found");
  }

  /** The registry's disk has rotted: it does not notice, we do. */
  @Test
  void wrongBytesUnderADigestAreRefused() throws IOException, InterruptedException {
    TestImage image = TestImage.of(new Tar().file("rot", "rot").bytes());
    registry.push("shop/rotten", "1", image);
    String layer = TestImage.digest(TestImage.gzip(new Tar().file("rot", "rot").bytes()));
    byte[] bytes = Files.readAllBytes(registry.file(layer));
    bytes[4] ^= 1;
    Files.write(registry.file(layer), bytes);
    assertRefused(
        ImageException.class,
        () -> opener(access(TestRegistry.AUTH)).open(reference("shop/rotten:1")),
        "shop/rotten: blob " + layer,
        "its digest is " + TestImage.digest(bytes));
    Refusal.assertEmpty(work);
  }

  @Test
  void secondBuildNeedsNoNetwork() throws IOException {
    opener(access(TestRegistry.AUTH)).open(reference("shop/app:1")).close();
    RegistryAccess.Builder offline = access(TestRegistry.AUTH)
        .offline(true)
        .credentials((registry, repository) -> {
          throw new IOException("not to be asked");
        });
    try (ContainerImage image = opener(offline).open(reference("shop/app:1"))) {
      assertEquals(TestImage.digest(IMAGE.config()), image.configDigest());
    }
    String digest = TestImage.digest(IMAGE.manifest());
    opener(offline).open(reference("shop/app@" + digest)).close();
  }
}
