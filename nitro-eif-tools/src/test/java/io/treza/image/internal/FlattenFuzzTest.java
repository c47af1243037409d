package io.treza.image.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RootFilesystem;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all as a layer over a sound one: a file system in good order, or an {@link
 * ImageException}, and nothing else.
 *
 * <p>The build runs the seeds only. To fuzz:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn verify -pl nitro-eif-tools -am -Dtest=FlattenFuzzTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 *
 * <p>An input that fails is kept under {@code src/test/resources} and is a regression test from
 * then on.
 */
class FlattenFuzzTest {
  private static final ImageLimits LIMITS = new ImageLimits(1 << 20, 100, 300);
  private static final byte[] BASE = new Tar()
      .directory("etc")
      .file("etc/motd", "hello")
      .symlink("lib", "usr/lib")
      .hardLink("etc/issue", "etc/motd")
      .bytes();

  static Stream<byte[]> seeds() {
    String longName = "long".repeat(40);
    return Stream.of(
        BASE,
        new Tar().file("etc/.wh.motd", "").file("a/.wh..wh..opq", "").bytes(),
        new Tar(TarArchiveOutputStream.LONGFILE_GNU)
            .file(longName, longName)
            .symlink("x", longName)
            .bytes(),
        new Tar()
            .file(longName, longName)
            .device("dev/null", 1, 3)
            .file("lib", "x")
            .bytes(),
        Arrays.copyOf(BASE, 700));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void flattensInGoodOrderOrRefuses(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("layer", ".tar");
    Path base = Files.createTempFile("base", ".tar");
    try {
      Files.write(base, BASE);
      Files.write(file, bytes);
      Flattener.flatten(List.of(layer(base, BASE)), LIMITS);
      RootFilesystem files;
      try {
        files = Flattener.flatten(List.of(layer(base, BASE), layer(file, bytes)), LIMITS);
      } catch (ImageException refused) {
        return;
      }
      assertInGoodOrder(files);
    } finally {
      Files.delete(base);
      Files.delete(file);
    }
  }

  private static ImageLoader.StoredLayer layer(Path file, byte[] bytes) {
    return new ImageLoader.StoredLayer(Digest.sha256(bytes), new FileSlice(file, 0, bytes.length));
  }

  private static void assertInGoodOrder(RootFilesystem files) throws IOException {
    assertTrue(files.entries().size() <= LIMITS.maxEntries());
    for (FileEntry entry : files.entries()) {
      String path = entry.path().latin1();
      assertTrue(path.length() <= LIMITS.maxPathBytes(), path);
      List<String> parts = List.of(path.split("/", -1));
      assertFalse(
          parts.stream().anyMatch(p -> p.isEmpty() || p.equals(".") || p.equals("..")), path);
      int slash = path.lastIndexOf('/');
      if (slash > 0) {
        FileEntry parent = files.find(new FilePath(path.substring(0, slash))).orElseThrow();
        assertTrue(parent.node() instanceof FileNode.Directory, path);
      }
      if (entry.node() instanceof FileNode.Regular regular) {
        assertEquals(regular.content().size(), TestImage.read(regular.content()).length);
      } else if (entry.node() instanceof FileNode.HardLink link) {
        FileEntry first = files.find(link.first()).orElseThrow();
        assertTrue(first.node() instanceof FileNode.Regular, path);
        assertTrue(first.path().compareTo(entry.path()) < 0, path);
      }
    }
  }
}
