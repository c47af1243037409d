package io.treza.image;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerImageTest {
  private static final byte[] LAYER = new Tar().file("etc/motd", "hello").bytes();
  private static final byte[] OTHER = new Tar().file("etc/motd", "other").bytes();

  @TempDir
  Path dir;

  private Path work;

  @BeforeEach
  void makeWorkDirectory() throws IOException {
    work = Files.createDirectory(dir.resolve("work"));
  }

  private ContainerImage.Opener opener() {
    return ContainerImage.opener().workDirectory(work);
  }

  private String motd(Path path) throws IOException {
    try (ContainerImage image = opener().open(path)) {
      FileEntry file = image.flatten().find(FilePath.of("etc/motd")).orElseThrow();
      return new String(TestImage.read(((FileNode.Regular) file.node()).content()), UTF_8);
    }
  }

  private void refused(Map<String, byte[]> files, String... parts) throws IOException {
    Path archive = TestImage.toArchive(files, dir.resolve("bad.tar"));
    assertRefused(ImageException.class, () -> opener().open(archive).close(), parts);
    assertEmpty(work);
  }

  @Test
  void everyFormIsReadAlike() throws IOException {
    TestImage image = TestImage.of(LAYER);
    Path docker = TestImage.toArchive(image.dockerFiles(), dir.resolve("docker.tar"));
    Path gzipped = Files.write(dir.resolve("d.tgz"), TestImage.gzip(Files.readAllBytes(docker)));
    assertEquals("hello", motd(docker));
    assertEquals("hello", motd(gzipped));
    assertEquals("hello", motd(TestImage.toArchive(image.ociFiles(), dir.resolve("oci.tar"))));
    assertEquals("hello", motd(TestImage.toDirectory(image.ociFiles(), dir.resolve("oci"))));
    assertEquals("hello", motd(TestImage.toDirectory(image.dockerFiles(), dir.resolve("d"))));
  }

  @Test
  void configIsWhatTheImageSays() throws IOException {
    TestImage image = TestImage.of(LAYER)
        .run("\"Cmd\":null,\"Env\":[\"A=\u0131\"],\"WorkingDir\":\"/w\",\"User\":\"9:9\"");
    try (ContainerImage read =
        opener().open(TestImage.toArchive(image.dockerFiles(), dir.resolve("d.tar")))) {
      assertEquals(
          new ImageConfig("amd64", "linux", List.of(), List.of(), List.of("A=\u0131"), "/w", "9:9"),
          read.config());
      assertEquals(TestImage.digest(image.config()), read.configDigest());
      assertEquals(Optional.empty(), read.manifestDigest());
      Layer layer = read.layers().get(0);
      assertEquals(TestImage.digest(LAYER), layer.diffId());
      assertArrayEquals(LAYER, TestImage.read(layer.tar()));
    }
  }

  @Test
  void oldDockerArchiveMayLinkALayerToAnother() throws IOException {
    TestImage image = TestImage.of(LAYER, LAYER);
    Tar tar = new Tar();
    image.dockerFiles().forEach((name, bytes) -> {
      if (name.startsWith("layer1/")) {
        tar.symlink(name, "../layer0/layer.tar");
      } else {
        tar.file(name, bytes);
      }
    });
    assertEquals("hello", motd(Files.write(dir.resolve("linked.tar"), tar.bytes())));
  }

  @Test
  void linkOutOfTheArchiveIsRefused() throws IOException {
    Tar tar = new Tar().symlink("index.json", "../../etc/passwd");
    Path archive = Files.write(dir.resolve("escape.tar"), tar.bytes());
    assertRefused(ImageException.class, () -> opener().open(archive), "leads out of the archive");
  }

  @Test
  void linkOutOfTheDirectoryIsRefused() throws IOException {
    Path outside = Files.writeString(dir.resolve("outside.json"), "{}");
    Path layout = Files.createDirectory(dir.resolve("layout"));
    Files.createSymbolicLink(layout.resolve("index.json"), outside);
    assertRefused(ImageException.class, () -> opener().open(layout), "leads out of the directory");
  }

  @Test
  void dockerLayerThatIsNotTheStatedOneIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    files.put("layer0/layer.tar", OTHER);
    refused(files, "layer0/layer.tar uncompressed (diff_id)", TestImage.digest(LAYER));
  }

  @Test
  void dockerConfigThatIsNotTheStatedOneIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    String name = TestImage.digest(TestImage.of(LAYER).config()).substring(7) + ".json";
    files.put(name, TestImage.of(LAYER).architecture("arm64").config());
    refused(files, name, "digest");
  }

  /** The blob keeps its length, so only its digest tells. */
  @Test
  void ociBlobOfAnotherDigestIsRefused() throws IOException {
    for (byte[] blob : List.of(TestImage.of(LAYER).config(), TestImage.gzip(LAYER))) {
      Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
      String name = "blobs/" + TestImage.digest(blob).replace(':', '/');
      byte[] changed = blob.clone();
      // In gzip's header, byte 4 is a time that nothing else depends on.
      changed[blob[0] == '{' ? blob.length - 3 : 4] ^= 1;
      files.put(name, changed);
      refused(files, name);
    }
  }

  @Test
  void ociBlobOfAnotherSizeIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    byte[] blob = TestImage.gzip(LAYER);
    String name = "blobs/" + TestImage.digest(blob).replace(':', '/');
    files.put(name, Arrays.copyOf(blob, blob.length + 1));
    refused(files, name, (blob.length + 1) + " bytes, not " + blob.length);
  }

  @Test
  void missingLayerIsNamed() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    files.remove("layer0/layer.tar");
    refused(files, "layer0/layer.tar is missing");
  }

  @Test
  void asManyLayersAsDiffIdsAreNeeded() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    String manifest = new String(files.get("manifest.json"), UTF_8);
    files.put("manifest.json", manifest.replace("\"layer0/layer.tar\"", "").getBytes(UTF_8));
    refused(files, "diff_ids: expected 0 digests");
  }

  @Test
  void zstdLayerIsReadAndItsDigestsChecked() throws IOException {
    byte[] zstd = Zstd.compress(LAYER);
    Map<String, byte[]> files = withLayer(zstd);
    assertEquals("hello", motd(TestImage.toDirectory(files, dir.resolve("zstd"))));
    files.put(blobName(zstd), Zstd.compress(OTHER));
    refused(files, blobName(zstd), "digest");
    files = withLayer(Zstd.compress(OTHER));
    refused(files, "uncompressed (diff_id)", TestImage.digest(LAYER));
  }

  /** RFC 8878, section 3.1: frames follow each other, and a skippable one is no content. */
  @Test
  void zstdLayerMayHaveSeveralFramesAndSkippableOnes() throws IOException {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.write(Zstd.compress(Arrays.copyOf(LAYER, 700)));
    frames.write(new byte[] {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'});
    frames.write(Zstd.compress(Arrays.copyOfRange(LAYER, 700, LAYER.length)));
    Map<String, byte[]> files = withLayer(frames.toByteArray());
    assertEquals("hello", motd(TestImage.toDirectory(files, dir.resolve("frames"))));
  }

  @Test
  void zstdLayerOfAHugeWindowOrCutShortIsRefused() throws IOException {
    ByteArrayOutputStream huge = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(huge, 1).setLong(27)) {
      out.write(LAYER);
    }
    byte[] cut = Zstd.compress(LAYER);
    refused(withLayer(huge.toByteArray()), "window over 64 MiB");
    refused(withLayer(Arrays.copyOf(cut, cut.length - 3)), "zstd data damaged");
  }

  private static String blobName(byte[] blob) {
    return "blobs/" + TestImage.digest(blob).replace(':', '/');
  }

  /** A Docker archive that stores its one layer under its digest, in this form. */
  private static Map<String, byte[]> withLayer(byte[] stored) {
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    String manifest = new String(files.getOrDefault("manifest.json", new byte[0]), UTF_8);
    files.put(
        "manifest.json", manifest.replace("layer0/layer.tar", blobName(stored)).getBytes(UTF_8));
    files.put(blobName(stored), stored);
    return files;
  }

  @Test
  void sha512DigestsAreChecked() throws IOException, GeneralSecurityException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    String index = new String(files.getOrDefault("index.json", new byte[0]), UTF_8);
    int at = index.indexOf("sha256:");
    String sha256 = index.substring(at, at + 71);
    byte[] manifest =
        files.getOrDefault("blobs/" + sha256.replace(':', '/'), new byte[0]).clone();
    byte[] hash = MessageDigest.getInstance("SHA-512").digest(manifest);
    String sha512 = "sha512:" + HexFormat.of().formatHex(hash);
    files.put("index.json", index.replace(sha256, sha512).getBytes(UTF_8));
    files.put("blobs/" + sha512.replace(':', '/'), manifest);
    assertEquals("hello", motd(TestImage.toDirectory(files, dir.resolve("sha512"))));
    manifest[manifest.length - 1] = ' ';
    refused(files, sha512);
  }

  @Test
  void damagedGzipIsNamed() throws IOException {
    byte[] archive = TestImage.gzip(new Tar().file("manifest.json", "[]").bytes());
    Path cut = Files.write(dir.resolve("cut.tgz"), Arrays.copyOf(archive, 50));
    assertRefused(ImageException.class, () -> opener().open(cut), "cut.tgz: damaged gzip");
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    files.put("layer0/layer.tar", Arrays.copyOf(TestImage.gzip(LAYER), 40));
    refused(files, "layer0/layer.tar", "damaged gzip");
  }

  @Test
  void oneOfSeveralPlatformsIsChosenByArchitecture() throws IOException {
    Path layout = TestImage.toDirectory(
        TestImage.ociLayout(TestImage.of(LAYER), TestImage.of(OTHER).architecture("arm64")),
        dir.resolve("multi"));
    try (ContainerImage image = opener().architecture("arm64").open(layout)) {
      assertEquals("arm64", image.config().architecture());
      assertEquals(TestImage.digest(OTHER), image.layers().get(0).diffId());
    }
    assertRefused(ImageException.class, () -> opener().open(layout), "[linux/amd64, linux/");
    assertRefused(
        ImageException.class,
        () -> opener().architecture("riscv64").open(layout),
        "0 images for linux/riscv64");
  }

  /** As BuildKit writes them: a tagged index holds the image and an attestation about it. */
  @Test
  void nestedIndexAndAttestationAreHandled() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    String attestation =
        "{\"digest\":\"sha256:%s\",\"size\":1,\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}}"
            .formatted("0".repeat(64));
    String index = new String(files.getOrDefault("index.json", new byte[0]), UTF_8);
    String inner = index.replace("\"manifests\":[", "\"manifests\":[" + attestation + ",");
    putIndex(files, "{\"manifests\":[" + putBlob(files, inner) + "]}");
    assertEquals("hello", motd(TestImage.toDirectory(files, dir.resolve("nested"))));
  }

  private static void putIndex(Map<String, byte[]> files, String json) {
    files.put("index.json", json.getBytes(UTF_8));
  }

  /** Stores a document as a blob; the descriptor of it. */
  private static String putBlob(Map<String, byte[]> files, String json) {
    byte[] bytes = json.getBytes(UTF_8);
    files.put("blobs/" + TestImage.digest(bytes).replace(':', '/'), bytes);
    return "{\"digest\":\"%s\",\"size\":%d}".formatted(TestImage.digest(bytes), bytes.length);
  }

  @Test
  void signatureBesideTheImageIsNoImage() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    String config =
        putBlob(files, "{}").replace("{", "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",");
    String signature = putBlob(files, "{\"config\":" + config + ",\"layers\":[]}");
    String index = new String(files.getOrDefault("index.json", new byte[0]), UTF_8);
    putIndex(files, index.replace("\"manifests\":[", "\"manifests\":[" + signature + ","));
    assertEquals("hello", motd(TestImage.toDirectory(files, dir.resolve("signed"))));
  }

  @Test
  void endlessNestingIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    for (int depth = 0; depth < 5; depth++) {
      String inner = new String(files.getOrDefault("index.json", new byte[0]), UTF_8);
      putIndex(files, "{\"manifests\":[" + putBlob(files, inner) + "]}");
    }
    refused(files, "nested too deeply");
  }

  /** Two hundred to the third power, if each were followed. */
  @Test
  void indexesThatReferToEachOtherOverAndOverAreRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    String inner = new String(files.getOrDefault("index.json", new byte[0]), UTF_8);
    for (int depth = 0; depth < 3; depth++) {
      String descriptor = putBlob(files, inner);
      inner = "{\"manifests\":[" + String.join(",", Collections.nCopies(200, descriptor)) + "]}";
      putIndex(files, inner);
    }
    refused(files, "more than 1000 manifests");
  }

  /** Far more than a reader buffers, so that what follows the gzip data must be hashed on purpose. */
  @Test
  void blobDigestCoversWhatFollowsTheGzipData() throws IOException {
    byte[] gzip = TestImage.gzip(LAYER);
    byte[] padded = Arrays.copyOf(gzip, gzip.length + 300_000);
    String name = "blobs/" + TestImage.digest(padded).replace(':', '/');
    Map<String, byte[]> files = TestImage.of(LAYER).dockerFiles();
    String manifest = new String(files.getOrDefault("manifest.json", new byte[0]), UTF_8);
    files.put("manifest.json", manifest.replace("layer0/layer.tar", name).getBytes(UTF_8));
    files.put(name, padded);
    assertEquals("hello", motd(TestImage.toDirectory(files, dir.resolve("padded"))));
    byte[] changed = padded.clone();
    changed[changed.length - 1] = 1;
    files.put(name, changed);
    refused(files, name);
  }

  @Test
  void documentThatIsBothIndexAndManifestIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    String both = putBlob(files, "{\"manifests\":[],\"layers\":[]}");
    putIndex(files, "{\"manifests\":[" + both + "]}");
    refused(files, "both an index and a manifest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256:ABCD", "md5:d41d8cd98f00b204e9800998ecf8427e", "../../x"})
  void malformedDigestIsRefused(String digest) throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    putIndex(files, "{\"manifests\":[{\"digest\":\"%s\",\"size\":1}]}".formatted(digest));
    refused(files, "index.json", digest);
  }

  @Test
  void duplicateKeyIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(LAYER).ociFiles();
    putIndex(files, "{\"manifests\":[],\"manifests\":[]}");
    refused(files, "index.json: not well-formed JSON");
  }

  @Test
  void fileThatIsThereTwiceIsRefused() throws IOException {
    Tar tar = new Tar().file("index.json", "{}").file("./index.json", "{}");
    Path archive = Files.write(dir.resolve("twice.tar"), tar.bytes());
    assertRefused(ImageException.class, () -> opener().open(archive), "is there twice");
  }

  @Test
  void archiveOfSomethingElseIsNamed() throws IOException {
    refused(Map.of("readme.txt", new byte[0]), "bad.tar", "neither index.json nor manifest.json");
    Path text = Files.write(dir.resolve("text"), "x".repeat(2000).getBytes(UTF_8));
    assertRefused(ImageException.class, () -> opener().open(text), "tar header at byte 0");
  }

  @Test
  void moreBytesThanAllowedAreRefused() throws IOException {
    byte[] bomb = TestImage.gzip(new Tar().file("zeros", new byte[1 << 20]).bytes());
    Path archive = Files.write(dir.resolve("bomb.tar.gz"), bomb);
    assertRefused(
        ImageException.class,
        () -> opener().limits(new ImageLimits(100_000, 10, 100)).open(archive),
        "more than 100000 bytes");
    assertEmpty(work);
  }
}
