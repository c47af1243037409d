package io.treza.image;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.internal.FileStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that lie uncompressed in a file stay there, and what was checked is what is read. */
class InPlaceTest {
  private static final byte[] LAYER = new Tar().file("etc/motd", "hello").bytes();

  @TempDir
  Path dir;

  private Path work;

  @BeforeEach
  void makeWorkDirectory() throws IOException {
    work = Files.createDirectory(dir.resolve("work"));
  }

  private ContainerImage open(Path path) throws IOException {
    return ContainerImage.opener().workDirectory(work).open(path);
  }

  private long copied() throws IOException {
    try (Stream<Path> files = Files.walk(work)) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  private static String motd(ContainerImage image) throws IOException {
    return read(image.flatten());
  }

  private static String read(RootFilesystem root) throws IOException {
    FileNode node = root.find(FilePath.of("etc/motd")).orElseThrow().node();
    return new String(TestImage.read(((FileNode.Regular) node).content()), UTF_8);
  }

  /** Writes until it shows, since clocks tick. */
  private static void overwrite(Path file, byte[] bytes) throws IOException {
    FileStamp before = FileStamp.of(file);
    do {
      Files.write(file, bytes);
    } while (FileStamp.of(file).equals(before));
  }

  @Test
  void onlyCompressedLayersAreCopied() throws IOException {
    TestImage image = TestImage.of(LAYER);
    Path archive = TestImage.toArchive(image.ociFiles(), dir.resolve("oci.tar"));
    Path docker = TestImage.toArchive(image.dockerFiles(), dir.resolve("docker.tar"));
    Path gzipped = Files.write(dir.resolve("d.tgz"), TestImage.gzip(Files.readAllBytes(docker)));
    List<Long> copies = new ArrayList<>();
    for (Path path : List.of(archive, docker, gzipped)) {
      try (ContainerImage opened = open(path)) {
        assertEquals("hello", motd(opened));
        copies.add(copied());
      }
    }
    // Of the first the layer, which is gzipped; of the last the archive, and its layer lies there.
    assertEquals(List.of(1L, 0L, 1L), copies);
  }

  @Test
  void contentOfALayerThatChangesAfterwardsIsRefused() throws IOException {
    Path archive = TestImage.toArchive(TestImage.of(LAYER).dockerFiles(), dir.resolve("d.tar"));
    try (ContainerImage image = open(archive)) {
      RootFilesystem root = image.flatten();
      byte[] other = new String(Files.readAllBytes(archive), ISO_8859_1)
          .replace("hello", "jello")
          .getBytes(ISO_8859_1);
      overwrite(archive, other);
      assertRefused(
          IOException.class, () -> read(root), archive.toString(), "changed while being read");
    }
  }

  @Test
  void namesOfALayerThatChangesAfterwardsAreRefused() throws IOException {
    Path archive = TestImage.toArchive(TestImage.of(LAYER).dockerFiles(), dir.resolve("d.tar"));
    try (ContainerImage image = open(archive)) {
      overwrite(archive, Files.readAllBytes(archive));
      assertRefused(IOException.class, image::flatten, "changed while being read");
    }
  }

  @Test
  void anotherFileInItsPlaceIsRefused() throws IOException {
    Path archive = TestImage.toArchive(TestImage.of(LAYER).dockerFiles(), dir.resolve("d.tar"));
    Path copy = Files.copy(archive, dir.resolve("copy"));
    try (ContainerImage image = open(archive)) {
      Files.move(copy, archive, StandardCopyOption.REPLACE_EXISTING);
      assertRefused(IOException.class, image::flatten, "changed while being read");
    }
  }

  @Test
  void ofSeveralBadLayersTheFirstIsNamed() throws IOException {
    var files = TestImage.of(LAYER, LAYER).dockerFiles();
    files.replaceAll((name, bytes) -> name.endsWith(".tar") ? new byte[1024] : bytes);
    Path archive = TestImage.toArchive(files, dir.resolve("d.tar"));
    assertRefused(ImageException.class, () -> open(archive).close(), "layer0/layer.tar", "digest");
  }
}
