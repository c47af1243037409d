package io.treza.image;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images that other programs wrote. */
class SharedImagesTest {
  @TempDir
  Path work;

  private ContainerImage open(String name) throws IOException {
    return ContainerImage.opener()
        .workDirectory(work)
        .open(Requirement.shared("images").resolve(name));
  }

  /**
   * The digests are of a listing as {@link Listing} defines it, made by a Python program that reads
   * the layers with the tarfile module and shares no code with this one.
   */
  @ParameterizedTest
  @CsvSource({
    "alpine-310.tar.gz, fd8f39ca28cf86b87c15660f32cf21bac0091eab0f979d6ea51fff28ce8b4e53",
    "busybox-docker.tar, f9215f64246d562ea0ecbc0bea64664acd95dc79ca3203cfd6922a18592ecafb",
    "docker-save-small.tar, c82d0a4f99004e7009ae5f80e6c6b7a21a9aee87fe78d2d6e0848e934a85aef3",
    "jib-image-small.tar, c82d0a4f99004e7009ae5f80e6c6b7a21a9aee87fe78d2d6e0848e934a85aef3",
    "dockle-scratch.tar, 68188e3fee65e030815fdbe97b8843d017490aa4fd9d6cafc3872438ab722d6b"
  })
  void flattensAsAnIndependentProgramDoes(String name, String listing) throws IOException {
    try (ContainerImage image = open(name)) {
      assertEquals("sha256:" + listing, TestImage.digest(Listing.of(image.flatten())));
    }
  }

  @Test
  void ociLayoutStatesItsManifest() throws IOException {
    try (ContainerImage image = open("test.oci")) {
      assertEquals(
          Optional.of("sha256:afb744871f99e0ff8e6f253244836ed34c5d805fdb096d3a205ffaf5e9073cab"),
          image.manifestDigest());
      assertEquals(
          "sha256:b23a8f6569ae9ae331226205fa72f480ce5310707d0bc97e611f83fbbbde4604",
          image.configDigest());
      assertEquals(List.of("/hello"), image.config().cmd());
      assertEquals("amd64", image.config().architecture());
      assertTrue(image.flatten().find(FilePath.of("hello")).isPresent());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "test_bad_index_json.oci, index.json: not well-formed JSON",
    "test_no_valid_manifests.oci, index.json: manifests: missing"
  })
  void brokenLayoutIsNamed(String name, String problem) throws IOException {
    assertRefused(ImageException.class, () -> open(name), name, problem);
    assertEmpty(work);
  }

  @Test
  void closeRemovesEveryTemporaryFile() throws IOException {
    try (ContainerImage image = open("alpine-310.tar.gz")) {
      assertEquals(1, image.layers().size());
    }
    assertEmpty(work);
  }
}
