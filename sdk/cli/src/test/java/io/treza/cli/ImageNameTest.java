package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.RegistryReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the words for an image are read. */
class ImageNameTest {
  @TempDir
  Path dir;

  private Path file() throws IOException {
    return Files.createFile(dir.resolve("image.tar"));
  }

  @ParameterizedTest
  @CsvSource({
    "docker://alpine, docker.io/library/alpine:latest",
    "docker://localhost:5000/a/b:c, localhost:5000/a/b:c",
    "alpine, docker.io/library/alpine:latest",
    "alpine:3.19, docker.io/library/alpine:3.19",
    "docker:27, docker.io/library/docker:27",
    "ghcr.io/a/b, ghcr.io/a/b:latest"
  })
  void registryNamesNeedNoTransport(String text, String reference) {
    assertEquals(
        new ImageName.InRegistry(RegistryReference.parse(reference)), ImageName.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker-archive", "oci", "oci-archive"})
  void savedImageMayHaveATag(String transport) throws IOException {
    Path file = file();
    assertEquals(
        new ImageName.Saved(file, Optional.empty()), ImageName.parse(transport + ":" + file));
    assertEquals(
        new ImageName.Saved(file, Optional.of("app:1")),
        ImageName.parse(transport + ":" + file + ":app:1"));
  }

  @Test
  void directoriesAreOfTwoKinds() {
    assertEquals(new ImageName.Saved(dir, Optional.empty()), ImageName.parse("dir:" + dir));
    assertEquals(new ImageName.Root(dir), ImageName.parse("rootfs:" + dir));
  }

  @Test
  void bareFileIsAFile() throws IOException {
    Path file = file();
    assertEquals(new ImageName.Saved(file, Optional.empty()), ImageName.parse(file.toString()));
  }

  /** "src" is a directory of this module and a good name on Docker Hub. */
  @Test
  void whatCanBeBothIsAnErrorThatNamesBoth() {
    String message = refusal("src");
    assertTrue(message.contains("./src for the file"), message);
    assertTrue(message.contains("docker://src for docker.io/library/src:latest"), message);
    assertEquals(new ImageName.Saved(Path.of("./src"), Optional.empty()), ImageName.parse("./src"));
  }

  /** No registry's name is capital letters, so this file needs no more words. */
  @Test
  void fileWhoseNameNoRegistryHasIsAFile() throws IOException {
    Path here = Files.createTempDirectory(Path.of("target"), "NAME");
    assertEquals(new ImageName.Saved(here, Optional.empty()), ImageName.parse(here.toString()));
    Files.delete(here);
  }

  @ParameterizedTest
  @CsvSource({
    "absent.tar, no such file",
    "./absent, no such file",
    "/absent/image, no such file",
    "docker-archive:, no such file",
    "docker-archive:absent:1, no such file",
    "rootfs:pom.xml, is no directory",
    "docker://UPPER, is no repository",
    "UPPER, no such file",
    "docker-daemon:app:1, save the image to a file",
    "'', no such file"
  })
  void whatIsNothingIsRefused(String text, String why) {
    assertTrue(refusal(text).contains(why), () -> refusal(text));
  }

  private static String refusal(String text) {
    return String.valueOf(
        assertThrows(Unusable.class, () -> ImageName.parse(text)).getMessage());
  }
}
