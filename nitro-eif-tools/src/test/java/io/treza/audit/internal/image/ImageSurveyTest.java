package io.treza.audit.internal.image;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.Result;
import io.treza.audit.internal.elf.Elf;
import io.treza.audit.internal.elf.TestElf;
import io.treza.image.ContainerImage;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.image.internal.Digest;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSurveyTest {
  private static final String KEY_ID = "AK" + "IAQWERTYUIOPASDFGH";

  @TempDir
  Path work;

  private ContainerImage.Opener opener() throws IOException {
    return ContainerImage.opener()
        .workDirectory(Files.createDirectories(work.resolve("spool")))
        .limits(new ImageLimits(100 << 20, 300_000, 4000));
  }

  private Path layout(TestImage image) throws IOException {
    return TestImage.toDirectory(image.ociFiles(), work.resolve("image"));
  }

  private ImageSurvey survey(Path image, Interest... interests) throws IOException {
    return ImageSurvey.of(opener(), image, List.of(interests));
  }

  @Test
  void nothingIsStoredWhileAnImageIsSurveyed() throws IOException {
    Path image = layout(TestImage.of(new Tar().file("a", "1").bytes()));
    ImageSurvey survey = survey(image, (path, member) -> {
      try (Stream<Path> spool = Files.walk(work.resolve("spool"))) {
        assertEquals(0, spool.filter(Files::isRegularFile).count());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return 10;
    });
    assertEquals(1, survey.kept().size());
    assertEmpty(work.resolve("spool"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"alpine-310.tar.gz", "busybox-docker.tar", "dockle-scratch.tar", "test.oci"})
  void anOpenImageAndOneThatStreamsSayTheSame(String name) throws IOException {
    Path file = Requirement.shared("images").resolve(name);
    Audited streamed = Audited.of(survey(file, ImageAudit.interest()));
    try (ContainerImage image = opener().open(file)) {
      Audited open = Audited.of(ImageSurvey.of(image, List.of(ImageAudit.interest())));
      assertEquals(open.findings(), streamed.findings());
      assertEquals(image.description(), streamed.survey().description());
    }
    assertFalse(streamed.findings().isEmpty());
  }

  @Test
  void whatWasAskedForIsKeptFromEveryLayer() throws IOException {
    Tar lower = new Tar().file("etc/conf", "0123456789").file("other", "x");
    byte[] upper = new Tar().file("etc/conf", "ab").bytes();
    ImageSurvey survey = survey(
        layout(TestImage.of(lower.bytes(), upper)),
        (path, member) -> path.equals("etc/conf") ? 4 : 0,
        (path, member) -> 0);
    assertEquals(2, survey.kept().size());
    SurveyedFile hidden = survey.kept().get(0);
    assertArrayEquals(
        "0123".getBytes(US_ASCII), hidden.facts().start().orElseThrow().bytes());
    assertFalse(hidden.facts().start().orElseThrow().whole());
    assertFalse(survey.visible(hidden));
    SurveyedFile seen = survey.root().find("/etc/conf").orElseThrow();
    assertTrue(seen.facts().start().orElseThrow().whole());
    assertTrue(survey.visible(seen));
    assertEquals(TestImage.digest(upper), seen.facts().layer());
    assertTrue(survey.root().find("other").orElseThrow().facts().start().isEmpty());
  }

  @Test
  void ofAProgramTheStartIsKeptUnasked() throws IOException {
    Tar tar = Audited.program(new Tar(), "bin/run", "#!/bin/sh\n" + "x".repeat(1000));
    SurveyedFile file =
        survey(layout(TestImage.of(tar.bytes()))).root().find("bin/run").orElseThrow();
    assertEquals(FileFacts.START, file.facts().start().orElseThrow().bytes().length);
  }

  @Test
  void elfHeadersAreReadAndTheRestOfTheFileIsScanned() throws IOException {
    Path program = Path.of("/bin/ls");
    Requirement.require(Files.isRegularFile(program), "an ELF program at /bin/ls");
    byte[] bytes = Files.readAllBytes(program);
    byte[] secret = (" " + KEY_ID + " ").getBytes(US_ASCII);
    byte[] both = Arrays.copyOf(bytes, bytes.length + secret.length);
    System.arraycopy(secret, 0, both, bytes.length, secret.length);
    ImageSurvey survey =
        survey(layout(TestImage.of(new Tar().file("bin/ls", both).bytes())));
    Elf elf = survey.root().find("bin/ls").orElseThrow().facts().elf().orElseThrow();
    assertTrue(assertInstanceOf(Elf.File.class, elf).interpreter().isPresent());
    assertEquals(bytes.length + 1, survey.secrets().get(0).scan().hits().get(0).offset());
  }

  @Test
  void anElfFileWithAbsurdHeadersIsSaidToBeOne() throws IOException {
    byte[] bytes = new byte[4096];
    Arrays.fill(bytes, (byte) 0xff);
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}, 0, bytes, 0, 7);
    bytes[16] = 3;
    bytes[17] = 0;
    ImageSurvey survey =
        survey(layout(TestImage.of(new Tar().file("lib/x.so", bytes).bytes())));
    assertInstanceOf(
        Elf.Malformed.class,
        survey.root().find("lib/x.so").orElseThrow().facts().elf().orElseThrow());
  }

  @Test
  void aHundredThousandSmallFilesAreSurveyed() throws IOException {
    Tar tar = new Tar();
    for (int i = 0; i < 100_000; i++) {
      tar.file("f" + i % 1000 + "/" + i, "x");
    }
    ImageSurvey survey = survey(layout(TestImage.of(tar.bytes())));
    assertEquals(101_000, survey.root().files().size());
  }

  /** A gibibyte of zeros that is a mebibyte as stored. */
  @Test
  void aFileOfAGibibyteIsSurveyedWithoutKeepingIt() throws IOException {
    Path image = work.resolve("image");
    long gibibyte = 1L << 30;
    MessageDigest unpacked = Digest.sha256();
    Path blob = work.resolve("layer");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(blob), 1 << 16);
        TarArchiveOutputStream tar =
            new TarArchiveOutputStream(new DigestOutputStream(out, unpacked))) {
      TarArchiveEntry entry = new TarArchiveEntry("zeros");
      entry.setSize(gibibyte);
      tar.putArchiveEntry(entry);
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 1024; i++) {
        tar.write(zeros);
      }
      tar.closeArchiveEntry();
    }
    byte[] layer = Files.readAllBytes(blob);
    byte[] config = """
        {"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s"]}}""".formatted(Digest.sha256(unpacked)).getBytes(US_ASCII);
    Map<String, byte[]> files = new HashMap<>();
    files.put("layer.tar", layer);
    files.put("config.json", config);
    files.put(
        "manifest.json",
        "[{\"Config\":\"config.json\",\"RepoTags\":[],\"Layers\":[\"layer.tar\"]}]"
            .getBytes(US_ASCII));
    TestImage.toDirectory(files, image);
    ImageSurvey survey = ImageSurvey.of(
        ContainerImage.opener().workDirectory(work), image, List.of(ImageAudit.interest()));
    assertEquals(gibibyte, survey.root().totalBytes());
    assertRefused(
        ImageException.class, () -> survey(image), "layer.tar", "more than 104857600 bytes");
  }

  @Test
  void aLayerOfAnotherDigestIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(new Tar().file("a", "1").bytes()).dockerFiles();
    files.put("layer0/layer.tar", new Tar().file("a", "2").bytes());
    Path image = TestImage.toDirectory(files, work.resolve("image"));
    assertRefused(ImageException.class, () -> survey(image), "layer0/layer.tar", "digest");
  }

  @Test
  void aDamagedLayerIsRefused() throws IOException {
    Map<String, byte[]> files = TestImage.of(new Tar().file("a", "1").bytes()).dockerFiles();
    byte[] gzip = TestImage.gzip(files.get("layer0/layer.tar"));
    files.put("layer0/layer.tar", Arrays.copyOf(gzip, gzip.length - 20));
    Path image = TestImage.toDirectory(files, work.resolve("image"));
    assertRefused(
        ImageException.class, () -> survey(image), "layer0/layer.tar", "damaged gzip data");
  }

  @Test
  void whatAVisitorLeavesUnreadIsCheckedAllTheSame() throws IOException {
    TestImage image = TestImage.of(new Tar().file("a", "1".repeat(2_000_000)).bytes());
    Map<String, byte[]> files = image.dockerFiles();
    byte[] layer = files.get("layer0/layer.tar").clone();
    layer[1_500_000] ^= 1;
    Path good = TestImage.toDirectory(files, work.resolve("good"));
    files.put("layer0/layer.tar", layer);
    Path bad = TestImage.toDirectory(files, work.resolve("bad"));
    assertEquals(1, opener().read(good, (diffId, tar) -> tar.read()).layers().size());
    assertRefused(
        ImageException.class, () -> opener().read(bad, (diffId, tar) -> tar.read()), "digest");
  }

  @Test
  void whatAVisitorThrowsIsThrownAndTheThreadEnds() throws IOException {
    Path image = layout(TestImage.of(new Tar().file("a", "1".repeat(5_000_000)).bytes()));
    IOException thrown = assertThrows(
        IOException.class,
        () -> opener().read(image, (d, tar) -> {
          throw new IOException("enough");
        }));
    assertEquals("enough", thrown.getMessage());
    assertTrue(
        Thread.getAllStackTraces().keySet().stream().noneMatch(t -> t.getName().equals("layer")));
  }

  @ParameterizedTest
  @CsvSource({
    "test_bad_index_json.oci, index.json: not well-formed JSON",
    "test_no_valid_manifests.oci, index.json: manifests: missing"
  })
  void aBrokenLayoutIsNamed(String name, String problem) throws IOException {
    Path image = Requirement.shared("images").resolve(name);
    assertRefused(ImageException.class, () -> survey(image), name, problem);
  }

  @Test
  void thePlantedFileIsFound() throws IOException {
    Audited audited = Audited.of(
        survey(Requirement.shared("images").resolve("dockle-scratch.tar"), ImageAudit.interest()));
    Audited.assertPlace(
        "credentials.json", audited.assertOne("H04-file", Result.FAIL, "credentials by its name"));
  }

  @Test
  void whatElfFilesNameIsKeptUpToALimitForAllTogether() throws IOException {
    String[] names = new String[3000];
    Arrays.fill(names, "n");
    byte[] library = TestElf.library(names).bytes();
    Tar tar = new Tar();
    for (int i = 0; i < 400; i++) {
      tar.add(new TarArchiveEntry("lib/" + i, true), library);
    }
    Map<Class<?>, Long> read = survey(layout(TestImage.of(tar.bytes()))).root().files().stream()
        .flatMap(file -> file.facts().elf().stream())
        .collect(Collectors.groupingBy(Elf::getClass, Collectors.counting()));
    // 64 MiB, of which each takes 3000 times 81 bytes.
    assertEquals(Map.of(Elf.File.class, 276L, Elf.Unread.class, 124L), read);
  }
}
