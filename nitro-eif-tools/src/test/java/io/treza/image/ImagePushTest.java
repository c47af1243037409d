package io.treza.image;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushing to a real registry that wants a password. */
class ImagePushTest {
  private static final byte[] LAYER = new Tar().file("etc/motd", "hello").bytes();
  private static final TestImage BASE = TestImage.of(LAYER);
  private static final TestImage ARM =
      TestImage.of(new Tar().file("a", "arm").bytes()).architecture("arm64");
  private static final String STORED = TestImage.digest(TestImage.gzip(LAYER));

  @TempDir
  static Path shared;

  private static TestRegistry registry;

  @TempDir
  Path dir;

  private final Set<String> transferred = new TreeSet<>();

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    registry = new TestRegistry(shared);
    registry.push("bases/app", "1", BASE);
    registry.push("bases/multi", "1", BASE, ARM);
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
  }

  private RegistryAccess access(String auth) throws IOException {
    return RegistryAccess.builder()
        .cache(dir.resolve("cache"))
        .credentials(CredentialSource.docker(registry.dockerConfig(dir.resolve("docker"), auth)))
        .progress((digest, done, total) -> transferred.add(digest))
        .build();
  }

  private RegistryAccess access() throws IOException {
    return access(TestRegistry.AUTH);
  }

  private static RegistryReference reference(String rest) {
    return RegistryReference.parse(registry.name() + "/" + rest);
  }

  private ContainerImage pull(RegistryReference reference) throws IOException {
    return ContainerImage.opener()
        .architecture("amd64")
        .registries(access())
        .workDirectory(dir)
        .open(reference);
  }

  private static ExtendedImage extend(ContainerImage base, String content) throws IOException {
    return ExtendedImage.on(base)
        .layer(
            "treza", List.of(FileEntry.regular("treza", 0644, Content.of(content.getBytes(UTF_8)))))
        .build();
  }

  private ContainerImage local() throws IOException {
    return ContainerImage.open(
        TestImage.toDirectory(BASE.ociFiles(), Files.createDirectory(dir.resolve("base"))));
  }

  @Test
  void whatWasPushedIsPulledByItsDigest() throws IOException {
    try (ContainerImage base = local()) {
      ExtendedImage image = extend(base, "one");
      RegistryReference pushed = image.push(reference("pods/one:1"), access());
      assertEquals(registry.name() + "/pods/one@" + image.manifestDigest(), pushed.toString());
      try (ContainerImage pulled = pull(pushed);
          ContainerImage tagged = pull(reference("pods/one:1"))) {
        assertEquals(image.configDigest(), pulled.configDigest());
        assertEquals(pulled.manifestDigest(), tagged.manifestDigest());
        assertArrayEquals(LAYER, TestImage.read(pulled.layers().get(0).tar()));
        assertEquals(2, pulled.layers().size());
      }
    }
    assertArrayEquals(TestImage.gzip(LAYER), Files.readAllBytes(registry.file(STORED)));
  }

  @Test
  void withoutATagItIsPushedUnderItsDigest() throws IOException {
    try (ContainerImage base = local()) {
      ExtendedImage image = extend(base, "untagged");
      RegistryReference target = reference("pods/untagged@" + image.manifestDigest());
      assertEquals(target, image.push(target, access()));
      pull(target).close();
    }
  }

  @Test
  void anotherDigestThanAskedForIsNotPushed() throws IOException {
    try (ContainerImage base = local()) {
      ExtendedImage image = extend(base, "other");
      assertRefused(
          ImageException.class,
          () -> image.push(reference("pods/other@sha256:" + "0".repeat(64)), access()),
          image.manifestDigest(),
          "name a tag");
    }
  }

  @Test
  void whatIsThereIsNotSentAgain() throws IOException {
    try (ContainerImage base = local()) {
      extend(base, "again").push(reference("pods/again:1"), access());
      transferred.clear();
      extend(base, "again").push(reference("pods/again:2"), access());
      assertEquals(Set.of(), transferred);
      pull(reference("pods/again:2")).close();
    }
  }

  @Test
  void layersOfABaseInTheSameRegistryAreLent() throws IOException {
    try (ContainerImage base = pull(reference("bases/app:1"))) {
      transferred.clear();
      RegistryReference pushed = extend(base, "lent").push(reference("pods/lent:1"), access());
      assertEquals(2, transferred.size()); // the new layer and the configuration
      assertEquals(false, transferred.contains(STORED));
      pull(pushed).close();
    }
  }

  @Test
  void ofABaseForSeveralProcessorsTheOneWantedIsTaken() throws IOException {
    try (ContainerImage base = pull(reference("bases/multi:1"));
        ContainerImage pulled =
            pull(extend(base, "multi").push(reference("pods/multi:1"), access()))) {
      assertEquals("amd64", pulled.config().architecture());
    }
  }

  @Test
  void wrongPasswordIsRefusedWithoutShowingIt() throws IOException {
    String auth = Base64.getEncoder().encodeToString("me:wrong-hunter3".getBytes(UTF_8));
    try (ContainerImage base = local()) {
      ImageException refusal = org.junit.jupiter.api.Assertions.assertThrows(
          ImageException.class,
          () -> extend(base, "denied").push(reference("pods/denied:1"), access(auth)));
      assertEquals(true, refusal.getMessage().contains("access denied"), refusal::getMessage);
      assertEquals(false, refusal.getMessage().contains("hunter3"), refusal::getMessage);
    }
  }

  @Test
  void fileChangedSinceTheBuildIsNotPushed() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "before");
    try (ContainerImage base = local()) {
      ExtendedImage image = ExtendedImage.on(base)
          .layer("treza", List.of(FileEntry.regular("f", 0644, Content.of(file))))
          .build();
      Files.writeString(file, "after!");
      assertRefused(
          ImageException.class,
          () -> image.push(reference("pods/changed:1"), access()),
          "the layer of treza",
          "changed");
      assertRefused(ImageException.class, () -> pull(reference("pods/changed:1")), "not found");
    }
  }
}
