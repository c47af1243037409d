package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnclaveImageBuilderTest {
  private static final List<FileEntry> BOOTSTRAP = List.of(
      FileEntry.directory("dev", 0755),
      FileEntry.regular("init", 0755, Content.of("not an init".getBytes(UTF_8))));
  private static final TestImage IMAGE = TestImage.of(
      new Tar()
          .file("bin/app", "elf")
          .hardLink("bin/a", "bin/app")
          .directory("tmp")
          .bytes(),
      new Tar().symlink("bin/b", "app").file("bin/.wh.a", "").bytes());

  @TempDir
  Path dir;

  private Path kernel;

  @BeforeEach
  void prepare() throws IOException {
    kernel = Files.writeString(dir.resolve("kernel"), "no known kernel");
  }

  private EnclaveImageBuilder builder(ContainerImage image) {
    return EnclaveImageBuilder.of(image, kernel, "console=ttyS0").bootstrap(BOOTSTRAP);
  }

  private ContainerImage open(TestImage image) throws IOException {
    return ContainerImage.open(TestImage.toArchive(image.dockerFiles(), dir.resolve("image.tar")));
  }

  private byte[] build(ContainerImage image, String name) throws IOException {
    Path target = dir.resolve(name);
    EnclaveImage built = builder(image).build(target);
    assertEquals(built, builder(image).measure());
    return Files.readAllBytes(target);
  }

  /** The data of section {@code index} of an EIF. */
  private static byte[] section(byte[] eif, int index) {
    ByteBuffer header = ByteBuffer.wrap(eif);
    int start = (int) header.getLong(28 + 8 * index) + 12;
    return Arrays.copyOfRange(eif, start, start + (int) header.getLong(284 + 8 * index));
  }

  private static List<String> names(byte[] cpio) throws IOException {
    List<String> names = new ArrayList<>();
    try (CpioArchiveInputStream in = new CpioArchiveInputStream(new ByteArrayInputStream(cpio))) {
      for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        String mode = Long.toOctalString(e.getMode());
        byte[] content = in.readAllBytes();
        boolean shown = e.getName().equals("cmd") || e.getName().equals("env");
        names.add(mode + " " + e.getName() + (shown ? "=" + new String(content, UTF_8) : ""));
      }
    }
    return names;
  }

  @Test
  void sameContentInAnyFormGivesTheSameBytes() throws IOException {
    Path oci = TestImage.toDirectory(IMAGE.ociFiles(), dir.resolve("oci"));
    try (ContainerImage docker = open(IMAGE);
        ContainerImage layout = ContainerImage.open(oci)) {
      byte[] first = build(docker, "1.eif");
      assertArrayEquals(first, build(docker, "2.eif"));
      assertArrayEquals(first, build(layout, "3.eif"));
      assertEquals(Optional.empty(), builder(docker).measure().manifestDigest());
      assertEquals(layout.manifestDigest(), builder(layout).measure().manifestDigest());
      assertTrue(layout.manifestDigest().isPresent());
    }
  }

  @Test
  void ramdisksAreLaidOutAsInitExpects() throws IOException {
    try (ContainerImage image = open(IMAGE.run("\"Cmd\":[\"/bin/app\",\"\"],\"Env\":[\"A=b\"]"))) {
      byte[] eif = build(image, "a.eif");
      assertEquals(List.of("40755 dev", "100755 init"), names(section(eif, 3)));
      assertEquals(
          List.of(
              "40755 rootfs",
              "40755 rootfs/bin",
              "100644 rootfs/bin/app",
              "120777 rootfs/bin/b",
              "40755 rootfs/tmp",
              "40755 rootfs/dev",
              "40755 rootfs/run",
              "40755 rootfs/sys",
              "40755 rootfs/var",
              "40755 rootfs/proc",
              "100644 cmd=/bin/app\n\n",
              "100644 env=A=b\n"),
          names(section(eif, 4)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"Entrypoint\":[\"/e\"],\"Cmd\":[\"c\"] | /e,c,",
        "\"Entrypoint\":[\"/e\"]                 | /e,",
        "\"Cmd\":[\"c\",\"d e\"]                 | c,d e,"
      })
  void commandIsEntrypointThenCmd(String run, String lines) throws IOException {
    try (ContainerImage image = open(IMAGE.run(run))) {
      List<String> names = names(section(build(image, "a.eif"), 4));
      assertTrue(names.contains("100644 cmd=" + lines.replace(',', '\n')), names.toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"Cmd\":null                    | neither ENTRYPOINT nor CMD",
        "\"Cmd\":[\"a\",\"b\\nc\"]       | item 1 of the command",
        "\"Cmd\":[\"a\"],\"Env\":[\"A=\\u0000\"] | item 0 of the environment"
      })
  void whatInitCannotReadIsRefused(String run, String problem) throws IOException {
    try (ContainerImage image = open(IMAGE.run(run))) {
      assertRefused(EifException.class, () -> builder(image).measure(), problem);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev", "run", "sys", "proc", "tmp"})
  void mountPointMustBeADirectory(String name) throws IOException {
    try (ContainerImage image = open(TestImage.of(new Tar().symlink(name, "x").bytes()))) {
      assertRefused(EifException.class, () -> builder(image).measure(), "/" + name);
    }
  }

  @Test
  void varMayBeALink() throws IOException {
    try (ContainerImage image =
        open(TestImage.of(new Tar().symlink("var", "/run").bytes()))) {
      assertTrue(names(section(build(image, "a.eif"), 4)).contains("120777 rootfs/var"));
    }
  }

  private Path kernelWith(int offset, String magic) throws IOException {
    byte[] head = new byte[2048];
    byte[] bytes = magic.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, head, offset, bytes.length);
    return Files.write(dir.resolve("kernel"), head);
  }

  @ParameterizedTest
  @CsvSource({"514, HdrS, amd64, arm64", "56, ARMd, arm64, amd64"})
  void kernelMustBeForTheImagesProcessor(int offset, String magic, String right, String wrong)
      throws IOException {
    kernel = kernelWith(offset, magic);
    try (ContainerImage image = open(IMAGE.architecture(right))) {
      byte[] eif = build(image, "a.eif");
      assertEquals(right.equals("arm64") ? 1 : 0, ByteBuffer.wrap(eif).getShort(6));
    }
    try (ContainerImage image = open(IMAGE.architecture(wrong))) {
      assertRefused(
          EifException.class, () -> builder(image).measure(), kernel.toString(), "a kernel for");
    }
  }

  @Test
  void elfKernelIsRecognisedByItsMachine() throws IOException {
    kernel = kernelWith(0, "\u007fELF" + "\0".repeat(14) + "\u00b7\0");
    try (ContainerImage image = open(IMAGE)) {
      assertRefused(EifException.class, () -> builder(image).measure(), "a kernel for aarch64");
    }
  }

  @Test
  void compressedEfiKernelIsRefused() throws IOException {
    kernel = kernelWith(0, "MZ\0\0zimg");
    try (ContainerImage image = open(IMAGE.architecture("arm64"))) {
      assertRefused(EifException.class, () -> builder(image).measure(), "zboot");
    }
  }

  @Test
  void processorWithoutEnclavesIsRefused() throws IOException {
    try (ContainerImage image = open(IMAGE.architecture("s390x"))) {
      assertRefused(EifException.class, () -> builder(image).measure(), "image: for s390x");
    }
  }

  @Test
  void bootstrapIsNeeded() throws IOException {
    try (ContainerImage image = open(IMAGE)) {
      assertRefused(
          IllegalStateException.class,
          () -> builder(image).bootstrap(List.of()).measure(),
          "bootstrap");
    }
  }

  @Test
  void sourceDateIsTheTimeOfFilesAndOfTheBuild() throws IOException {
    try (ContainerImage image = open(IMAGE)) {
      Path target = dir.resolve("dated.eif");
      EnclaveImage dated =
          builder(image).sourceDate(Instant.ofEpochSecond(1_700_000_000)).build(target);
      assertNotEquals(builder(image).measure().measurements(), dated.measurements());
      byte[] eif = Files.readAllBytes(target);
      assertTrue(new String(section(eif, 2), UTF_8)
          .contains("\"BuildTime\":\"2023-11-14T22:13:20+00:00\""));
      try (CpioArchiveInputStream in =
          new CpioArchiveInputStream(new ByteArrayInputStream(section(eif, 4)))) {
        assertEquals(1_700_000_000, in.getNextEntry().getTime());
      }
    }
  }

  @Test
  void metadataNamesTheImageByItsId() throws IOException {
    try (ContainerImage image = open(IMAGE)) {
      String metadata = new String(section(build(image, "a.eif"), 2), UTF_8);
      String id = TestImage.digest(IMAGE.config()).substring("sha256:".length());
      assertTrue(
          metadata.startsWith("{\"ImageName\":\"enclave\",\"ImageVersion\":\"" + id + "\""),
          metadata);
      Path named = dir.resolve("named.eif");
      builder(image).name("n").version("v").customMetadata("{\"k\":1}").build(named);
      metadata = new String(section(Files.readAllBytes(named), 2), UTF_8);
      assertTrue(metadata.startsWith("{\"ImageName\":\"n\",\"ImageVersion\":\"v\""), metadata);
      assertTrue(metadata.endsWith("\"CustomMetadata\":{\"k\":1}}"), metadata);
    }
  }

  /**
   * The registers were computed by a Python program that flattens with the tarfile module, writes
   * cpio and hashes by itself, and shares no code with this one.
   */
  @ParameterizedTest
  @CsvSource({
    "alpine-310.tar.gz,"
        + "ae27c5661ea61d836fabf2c64902c684164c3e03cb9aeec5c6ddcb7d725262731467d5ebd307a154e5485c78e5cdc4e8,"
        + "7c53572ba308e7eb5192e444dc1d7c3056eb36e40871f23c7a841190ac96c3545ac0ce9fe52664a917c2520b1495130f",
    "busybox-docker.tar,"
        + "c463820e82fe3ce966bfba9b0e3ca37f1f9c7aa4b4ece7f891a5b4a9f833d8c52ec82c55284e75d035ab5599a3f76b89,"
        + "b3493eb3a8511961fd19d91c8915cc84ef033fb27c54449fa2afa06734d81dc3f3f179c2f3c0d7469f2b1e014db42c48",
    "jib-image-small.tar,"
        + "87be0af9472455a9af9076c6cd2d5b225fa6f7c0e099751e7160de962e464e4836b84bbd45fa90d903c131e55ffdf33a,"
        + "29824581e9f829247c392b4b5a0d64b317ed90278a1c0052585844cd44bb23d499f8ad9330c8fb68da42305b58c2fb1c"
  })
  void realImageMeasuresAsAnIndependentProgramSays(String name, String pcr0, String pcr2)
      throws IOException {
    kernel = Requirement.shared("eif/golden/in/kernel-a.bin");
    try (ContainerImage image = ContainerImage.open(Requirement.shared("images").resolve(name))) {
      EifMeasurements measured = builder(image).measure().measurements();
      assertEquals(pcr0, measured.pcr0());
      assertEquals(
          "beff997baa6481b8c3848637df2316269998bd9e7dedc114355809c828f64f64ceeebfba2db954e78032e13d512b9cd2",
          measured.pcr1());
      assertEquals(pcr2, measured.pcr2());
    }
  }
}
