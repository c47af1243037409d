package io.treza.image;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images built on others: what stays, what changes, and that it is the same anywhere. */
class ExtendedImageTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final byte[] LAYER = new Tar()
      .directory("etc")
      .file("etc/motd", "hello")
      .file("etc/issue", "old")
      .bytes();
  private static final TestImage BASE = TestImage.of(LAYER);
  private static final List<FileEntry> FILES = List.of(
      FileEntry.directory("treza", 0755),
      FileEntry.regular("treza/run", 0755, Content.of("#!/bin/sh\n".getBytes(UTF_8))),
      FileEntry.regular("etc/issue", 0600, Content.of("new".getBytes(UTF_8))));

  @TempDir
  Path dir;

  private ContainerImage open(Map<String, byte[]> files, String name) throws IOException {
    return ContainerImage.open(
        TestImage.toDirectory(files, Files.createDirectory(dir.resolve(name))));
  }

  private Path layout(ExtendedImage image, String name) throws IOException {
    image.write(dir.resolve(name));
    return dir.resolve(name);
  }

  private static Path blob(Path layout, String digest) {
    return layout.resolve("blobs").resolve(digest.replace(':', '/'));
  }

  private static JsonNode json(Path file) throws IOException {
    return JSON.readTree(file.toFile());
  }

  private static ExtendedImage extend(ContainerImage base) throws IOException {
    return ExtendedImage.on(base).layer("treza", FILES).build();
  }

  @Test
  void newFilesLieOverThoseOfTheBase() throws IOException {
    try (ContainerImage base = open(BASE.ociFiles(), "base")) {
      ExtendedImage image = extend(base);
      try (ContainerImage read = ContainerImage.open(layout(image, "out"))) {
        assertEquals(image.manifestDigest(), read.manifestDigest().orElseThrow());
        assertEquals(image.configDigest(), read.configDigest());
        List<FileEntry> entries = List.copyOf(read.flatten().entries());
        assertEquals(
            List.of("etc", "etc/issue", "etc/motd", "treza", "treza/run"),
            entries.stream().map(e -> e.path().toString()).toList());
        FileEntry issue = entries.get(1);
        assertEquals(0600, issue.owner().permissions());
        assertEquals(3, issue.size());
      }
    }
  }

  @Test
  void layersOfTheBaseAreTheSameBlobs() throws IOException {
    try (ContainerImage base = open(BASE.ociFiles(), "base")) {
      Path out = layout(extend(base), "out");
      byte[] stored = TestImage.gzip(LAYER);
      assertArrayEquals(stored, Files.readAllBytes(blob(out, TestImage.digest(stored))));
      JsonNode layers = manifest(out).get("layers");
      assertEquals(
          "application/vnd.oci.image.layer.v1.tar+gzip",
          layers.get(0).get("mediaType").asText());
      assertEquals(
          "application/vnd.oci.image.layer.v1.tar",
          layers.get(1).get("mediaType").asText());
    }
  }

  @Test
  void layersOfAnArchiveOfDockerAreTakenAsTheyLie() throws IOException {
    Path archive = TestImage.toArchive(BASE.dockerFiles(), dir.resolve("base.tar"));
    try (ContainerImage base = ContainerImage.open(archive)) {
      Path out = layout(extend(base), "out");
      assertArrayEquals(LAYER, Files.readAllBytes(blob(out, TestImage.digest(LAYER))));
      assertTrue(manifest(out).path("annotations").isMissingNode());
    }
  }

  private static JsonNode manifest(Path layout) throws IOException {
    JsonNode index = json(layout.resolve("index.json"));
    return json(blob(layout, index.get("manifests").get(0).get("digest").asText()));
  }

  @Test
  void manifestNamesTheBase() throws IOException {
    try (ContainerImage base = open(BASE.ociFiles(), "base")) {
      JsonNode annotations = manifest(layout(extend(base), "out")).get("annotations");
      assertEquals(
          TestImage.digest(BASE.manifest()),
          annotations.get("org.opencontainers.image.base.digest").asText());
    }
  }

  @Test
  void whatTheBaseSaysHoldsUnlessItIsSaidAnew() throws IOException {
    TestImage said = BASE.run("""
        "entrypoint":["/bin/app"],"Cmd":["--serve"],"Env":["PATH=/bin","A=1"],"User":"1000",
        "Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{}}""").besides("""
        "variant":"v8","history":[{"created_by":"FROM"},{"created_by":"ENV","empty_layer":true}]""");
    try (ContainerImage base = open(said.ociFiles(), "base")) {
      ExtendedImage image = ExtendedImage.on(base)
          .layer("treza", FILES)
          .entrypoint(List.of("/treza/run"))
          .environment("A", "2")
          .environment("B", "3")
          .label("c", "d")
          .user("0")
          .workingDirectory("/treza")
          .build();
      Path out = layout(image, "out");
      assertEquals(
          JSON.readTree("""
              {"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux","variant":"v8",
              "config":{"Entrypoint":["/treza/run"],"Cmd":[],"Env":["PATH=/bin","A=2","B=3"],
              "User":"0","Labels":{"a":"b","c":"d"},"ExposedPorts":{"80/tcp":{}},
              "WorkingDir":"/treza"},
              "rootfs":{"type":"layers","diff_ids":["%s","%s"]},
              "history":[{"created_by":"FROM"},{"created_by":"ENV","empty_layer":true},
              {"created":"1970-01-01T00:00:00Z","created_by":"treza"}]}""".formatted(
                  TestImage.digest(LAYER),
                  manifest(out).get("layers").get(1).get("digest").asText())),
          json(blob(out, image.configDigest())));
    }
  }

  @Test
  void commandOfTheBaseStaysWithoutANewEntrypoint() throws IOException {
    try (ContainerImage base = open(BASE.ociFiles(), "base");
        ContainerImage read = ContainerImage.open(layout(extend(base), "out"))) {
      assertEquals(base.config(), read.config());
    }
  }

  @Test
  void historyThatDoesNotAccountForAllLayersIsLeftOut() throws IOException {
    TestImage said = BASE.besides("\"history\":[{\"created_by\":\"a\"},{\"created_by\":\"b\"}]");
    try (ContainerImage base = open(said.ociFiles(), "base")) {
      ExtendedImage image = extend(base);
      JsonNode config = json(blob(layout(image, "out"), image.configDigest()));
      assertTrue(config.path("history").isMissingNode());
    }
  }

  @Test
  void sameFilesGiveTheSameBytesWhereverTheyLie() throws IOException {
    Path one = Files.writeString(dir.resolve("one"), "content");
    Path other = Files.createDirectory(dir.resolve("b")).resolve("other");
    Files.writeString(other, "content");
    assertEquals(digestOf(one, "base1", "out1"), digestOf(other, "base2", "out2"));
    assertEquals(files(dir.resolve("out1")), files(dir.resolve("out2")));
  }

  /** Whatever Java, time zone and language: this build runs with several. */
  @Test
  void digestIsTheSameEverywhere() throws IOException {
    Path archive = TestImage.toArchive(BASE.dockerFiles(), dir.resolve("base.tar"));
    try (ContainerImage base = ContainerImage.open(archive)) {
      assertEquals(
          "sha256:35c47d313f41d2aa09eec0d003a9506f5a8f42aae4f751ce653ec0ca8adbdf97",
          extend(base).manifestDigest());
    }
  }

  /** The digest of every file, by its name. */
  private static Map<String, String> files(Path root) throws IOException {
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        digests.put(root.relativize(file).toString(), TestImage.digest(Files.readAllBytes(file)));
      }
    }
    return digests;
  }

  private String digestOf(Path file, String from, String to) throws IOException {
    try (ContainerImage base = open(BASE.ociFiles(), from)) {
      ExtendedImage image = ExtendedImage.on(base)
          .layer("treza", List.of(FileEntry.regular("f", 0644, Content.of(file))))
          .build();
      layout(image, to);
      return image.manifestDigest();
    }
  }

  @Test
  void fileChangedSinceTheBuildLeavesNothingWritten() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "before");
    Path into = Files.createDirectory(dir.resolve("into"));
    try (ContainerImage base = open(BASE.ociFiles(), "base")) {
      ExtendedImage image = ExtendedImage.on(base)
          .layer("treza", List.of(FileEntry.regular("f", 0644, Content.of(file))))
          .build();
      Files.writeString(file, "after!");
      assertRefused(
          ImageException.class,
          () -> image.write(into.resolve("out")),
          "the layer of treza",
          "changed",
          "build again");
    }
    assertEmpty(into);
  }

  @Test
  void directoryThatIsThereStays() throws IOException {
    try (ContainerImage base = open(BASE.ociFiles(), "base")) {
      assertRefused(
          FileAlreadyExistsException.class, () -> extend(base).write(dir), "exists", "name");
    }
  }
}
