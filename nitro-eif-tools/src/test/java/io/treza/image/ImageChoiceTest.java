package io.treza.image;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which image is taken where there are several. */
class ImageChoiceTest {
  private static final TestImage ONE =
      TestImage.of(new Tar().file("which", "one").bytes());
  private static final TestImage TWO =
      TestImage.of(new Tar().file("which", "two").bytes());

  @TempDir
  Path dir;

  private String which(Path path, String tag) throws IOException {
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(dir).tag(tag).open(path)) {
      return image.configDigest().equals(TestImage.digest(ONE.config())) ? "one" : "two";
    }
  }

  private Path dockerArchive() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    StringBuilder manifest = new StringBuilder("[");
    for (TestImage image : new TestImage[] {ONE, TWO}) {
      String name = image == ONE ? "one" : "two";
      image.dockerFiles().forEach((file, bytes) -> {
        if (file.equals("manifest.json")) {
          manifest
              .append(manifest.length() > 1 ? "," : "")
              .append(new String(bytes, UTF_8)
                  .replaceAll("^\\[|]$", "")
                  .replace("test:1", "shop/app:" + name)
                  .replace("layer0", name));
        } else {
          files.put(file.replace("layer0", name), bytes);
        }
      });
    }
    files.put("manifest.json", manifest.append(']').toString().getBytes(UTF_8));
    return TestImage.toArchive(files, dir.resolve("both.tar"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"shop/app:two", "docker.io/shop/app:two"})
  void dockerArchiveKnowsImagesByName(String tag) throws IOException {
    assertEquals("two", which(dockerArchive(), tag));
  }

  @Test
  void withoutATagTheNamesThereAreAreSaid() throws IOException {
    Path archive = dockerArchive();
    assertRefused(
        ImageException.class,
        () -> ContainerImage.opener().workDirectory(dir).open(archive),
        "2 images",
        "[shop/app:one, shop/app:two]",
        "by platform or tag");
    assertRefused(
        ImageException.class, () -> which(archive, "shop/app:three"), "0 images", "shop/app:three");
  }

  private Path layout() throws IOException {
    Map<String, byte[]> files = TestImage.ociLayout(ONE, TWO);
    String index = new String(files.getOrDefault("index.json", new byte[0]), UTF_8)
        .replaceFirst("\"platform\"", annotations("one") + ",\"platform\"");
    int second = index.lastIndexOf("\"platform\"");
    files.put(
        "index.json",
        (index.substring(0, second) + annotations("two") + "," + index.substring(second))
            .getBytes(UTF_8));
    return TestImage.toDirectory(files, dir.resolve("layout"));
  }

  private static String annotations(String tag) {
    return "\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\",\"io.containerd.image.name\":\"docker.io/shop/app:%s\"}"
        .formatted(tag, tag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"two", "shop/app:two", "docker.io/shop/app:two"})
  void layoutKnowsImagesByTagAndByName(String tag) throws IOException {
    assertEquals("two", which(layout(), tag));
  }

  @Test
  void oneImageOfTwoNamesIsOneImage() throws IOException {
    Map<String, byte[]> files = TestImage.ociLayout(ONE, ONE);
    try (ContainerImage image = ContainerImage.opener()
        .workDirectory(dir)
        .open(TestImage.toDirectory(files, dir.resolve("same")))) {
      assertEquals(TestImage.digest(ONE.config()), image.configDigest());
    }
  }

  /** The form of {@code skopeo copy ... dir:}: the manifest, and blobs named by hex alone. */
  @Test
  void skopeoDirectoryIsRead() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    byte[] manifest = ONE.manifest();
    ONE.ociFiles().forEach((name, bytes) -> {
      if (name.startsWith("blobs/")) {
        files.put(name.substring(name.lastIndexOf('/') + 1), bytes);
      }
    });
    files.put("manifest.json", manifest);
    Path directory = TestImage.toDirectory(files, dir.resolve("skopeo"));
    try (ContainerImage image = ContainerImage.opener().workDirectory(dir).open(directory)) {
      assertEquals(Optional.of(TestImage.digest(manifest)), image.manifestDigest());
    }
    String layer =
        TestImage.digest(TestImage.gzip(new Tar().file("which", "one").bytes()));
    Path blob = directory.resolve(layer.substring("sha256:".length()));
    byte[] changed = Files.readAllBytes(blob);
    changed[4] ^= 1;
    Files.write(blob, changed);
    assertRefused(
        ImageException.class,
        () -> ContainerImage.opener().workDirectory(dir).open(directory),
        layer);
  }
}
