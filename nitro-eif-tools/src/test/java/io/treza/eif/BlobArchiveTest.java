package io.treza.eif;

import static io.treza.eif.TestBlobs.DIRECTORY;
import static io.treza.eif.TestBlobs.below;
import static io.treza.eif.TestBlobs.compress;
import static io.treza.eif.TestBlobs.files;
import static io.treza.eif.TestBlobs.filesOfNitroCli2;
import static io.treza.eif.TestBlobs.tar;
import static io.treza.eif.TestBlobs.zip;
import static io.treza.eif.TestRpm.cpio;
import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.image.TestImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs come out of every kind of archive, and out of a hostile one nothing does. */
class BlobArchiveTest {
  @TempDir
  Path dir;

  private EnclaveBlobs install(byte[] archive, Optional<Architecture> architecture)
      throws IOException {
    Path file = Files.write(dir.resolve("archive"), archive);
    try (BlobArchive opened = BlobArchive.of(file)) {
      return opened.install(TestImage.digest(archive), architecture, out().resolve("blobs"));
    }
  }

  private EnclaveBlobs install(byte[] archive) throws IOException {
    return install(archive, Optional.empty());
  }

  private Path out() throws IOException {
    return Files.createDirectories(dir.resolve("out"));
  }

  private void assertInstalled(Map<String, byte[]> expected) throws IOException {
    Map<String, String> installed = new TreeMap<>();
    try (Stream<Path> files = Files.list(out().resolve("blobs"))) {
      for (Path file : files.toList()) {
        installed.put(file.getFileName().toString(), TestImage.digest(Files.readAllBytes(file)));
      }
    }
    Map<String, String> wanted = new TreeMap<>();
    expected.forEach((name, bytes) -> wanted.put(name, TestImage.digest(bytes)));
    assertEquals(wanted, installed);
  }

  private void refused(byte[] archive, String... parts) throws IOException {
    assertRefused(EifException.class, () -> install(archive), parts);
    assertEmpty(out());
  }

  private static Map<String, byte[]> changed(String name, byte[] content) {
    Map<String, byte[]> files = files();
    files.put(name, content);
    return files;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz", "zstd", "bzip2"})
  void packageOfEveryCompressionIsUnpacked(String compression) throws IOException {
    byte[] payload = compress(compression, cpio(below(DIRECTORY, files())));
    EnclaveBlobs blobs = install(new TestRpm(payload).bytes());
    assertInstalled(files());
    assertEquals(Architecture.X86_64, blobs.architecture());
    assertEquals("reboot=k panic=30", blobs.cmdline());
    assertEquals(
        List.of("dev", "init", "nsm.ko"),
        blobs.bootstrap().stream().map(e -> e.path().toString()).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz", "zstd", "bzip2"})
  void tarOfEveryCompressionIsUnpacked(String compression) throws IOException {
    install(compress(compression, tar(below("blobs/x86_64/", files()))));
    assertInstalled(files());
  }

  @Test
  void plainTarIsUnpackedWhereverTheBlobsLie() throws IOException {
    install(tar(files()));
    assertInstalled(files());
  }

  @Test
  void zipIsUnpacked() throws IOException {
    install(zip(below("aws-nitro-enclaves-cli-1.5.0/blobs/x86_64/", files())));
    assertInstalled(files());
  }

  @Test
  void nothingButTheBlobsIsUnpacked() throws IOException {
    Map<String, byte[]> all = below("blobs/", files());
    all.put("blobs/linuxkit", new byte[9]);
    all.put("blobs/bzImage.config", new byte[9]);
    all.put("blobs/more/init", new byte[9]);
    all.put("elsewhere/init", new byte[9]);
    install(tar(all));
    assertInstalled(files());
  }

  @Test
  void bootstrapOfNitroCli2IsInItsOrder() throws IOException {
    EnclaveBlobs blobs = install(tar(filesOfNitroCli2()));
    assertInstalled(filesOfNitroCli2());
    assertEquals(
        List.of("dev", "init", "modules_load_order", "virtio_mmio.ko", "nsm.ko"),
        blobs.bootstrap().stream().map(e -> e.path().toString()).toList());
    assertEquals(
        List.of(0755, 0755, 0644, 0755, 0755),
        blobs.bootstrap().stream().map(e -> e.owner().permissions()).toList());
  }

  @Test
  void architectureChoosesAmongSeveralSets() throws IOException {
    Map<String, byte[]> arm = files();
    arm.remove("bzImage");
    arm.put("Image", TestBlobs.image());
    Map<String, byte[]> both = below("blobs/x86_64/", files());
    both.putAll(below("blobs/aarch64/", arm));
    refused(
        tar(both),
        "holds several kernels, blobs/aarch64/Image, blobs/x86_64/bzImage",
        "say for which architecture");
    EnclaveBlobs blobs = install(tar(both), Optional.of(Architecture.AARCH64));
    assertEquals(Architecture.AARCH64, blobs.architecture());
    assertInstalled(arm);
  }

  @Test
  void onlyTheChosenKernelIsTakenFromADirectoryWithTwo() throws IOException {
    Map<String, byte[]> both = changed("Image", TestBlobs.image());
    EnclaveBlobs blobs = install(tar(both), Optional.of(Architecture.AARCH64));
    assertEquals(Architecture.AARCH64, blobs.architecture());
    both.remove("bzImage");
    assertInstalled(both);
  }

  @Test
  void kernelThatIsNotWhatItsNameSaysIsRefused() throws IOException {
    byte[] archive = tar(changed("bzImage", TestBlobs.image()));
    assertRefused(
        EifException.class,
        () -> install(archive, Optional.of(Architecture.X86_64)),
        "its kernel for x86_64 is one for aarch64");
    assertEmpty(out());
  }

  /** A source tree may well have a directory of that name. */
  @Test
  void directoryCalledAsAKernelIsPassedOver() throws IOException {
    install(tar(below("blobs/", files()), new TarArchiveEntry("docs/Image/")));
    assertInstalled(files());
  }

  @Test
  void architectureThatIsNotThereIsRefused() throws IOException {
    assertRefused(
        EifException.class,
        () -> install(tar(files()), Optional.of(Architecture.AARCH64)),
        "holds no kernel for aarch64, only bzImage");
  }

  @Test
  void otherDigestIsRefusedBeforeAnythingIsRead() throws IOException {
    Path file = Files.writeString(dir.resolve("archive"), "no archive at all");
    try (BlobArchive archive = BlobArchive.of(file)) {
      assertEquals(TestImage.digest("no archive at all".getBytes(UTF_8)), archive.digest());
      String other = TestImage.digest(new byte[1]);
      assertRefused(
          EifException.class,
          () -> archive.install(other, Optional.empty(), out().resolve("blobs")),
          "its digest is " + archive.digest() + ", not " + other);
      assertRefused(
          IllegalArgumentException.class,
          () -> archive.install("abc", Optional.empty(), out().resolve("blobs")),
          "\"abc\" is no digest",
          "sha256:");
    }
    assertEmpty(out());
  }

  /** What was hashed is what is unpacked, even if the file changes between. */
  @Test
  void fileThatChangesAfterwardsDoesNotMatter() throws IOException {
    byte[] good = tar(files());
    Path file = Files.write(dir.resolve("archive"), good);
    try (BlobArchive archive = BlobArchive.of(file)) {
      Files.write(file, tar(changed("init", "evil".getBytes(UTF_8))));
      archive.install(TestImage.digest(good), Optional.empty(), out().resolve("blobs"));
    }
    assertInstalled(files());
  }

  @Test
  void directoryThatExistsIsLeftAlone() throws IOException {
    Files.createDirectories(out().resolve("blobs"));
    assertRefused(
        FileAlreadyExistsException.class, () -> install(tar(files())), "name a directory");
    assertEmpty(out().resolve("blobs"));
  }

  @ParameterizedTest
  @CsvSource({"bzImage, no bzImage or Image", "cmdline, no cmdline", "init, no init"})
  void setThatLacksAFileIsRefused(String missing, String message) throws IOException {
    Map<String, byte[]> files = files();
    files.remove(missing);
    refused(tar(files), message);
  }

  @Test
  void setThatLacksAModuleOfItsListIsRefused() throws IOException {
    Map<String, byte[]> files = filesOfNitroCli2();
    files.remove("virtio_mmio.ko");
    refused(tar(files), "virtio_mmio.ko: missing in");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../etc/passwd", "/etc/nsm.ko", "nsm", ".ko", "a b.ko"})
  void listOfModulesThatNamesSomethingElseIsRefused(String line) throws IOException {
    Map<String, byte[]> files = filesOfNitroCli2();
    files.put("modules_load_order", (line + "\n").getBytes(UTF_8));
    refused(tar(files), "line 1: " + line + ": not the file name of a module");
  }

  @Test
  void emptyBlobIsRefused() throws IOException {
    refused(tar(changed("init", new byte[0])), "holds no init, or an empty one");
  }

  @Test
  void kernelThatDoesNotBootIsRefused() throws IOException {
    refused(tar(changed("bzImage", new byte[2000])), "neither a bzImage nor a raw arm64 Image");
  }

  @Test
  void cmdlineThatIsNoneIsRefused() throws IOException {
    refused(tar(changed("cmdline", new byte[5000])), "cmdline has over 4096 bytes");
    refused(tar(changed("cmdline", "qui\u00e9t".getBytes(UTF_8))), "cmdline is not in ASCII");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../init",
        "a/../../init",
        "/etc/init",
        "a//b",
        "a/./b",
        "a\\..\\b",
        "a\nb",
        "..",
        "./../a"
      })
  void nameThatCouldBeWrittenElsewhereRefusesAll(String name) throws IOException {
    Map<String, byte[]> files = files();
    files.put(name, new byte[1]);
    refused(tar(files), "a member called \"", "written elsewhere");
  }

  @Test
  void nameThatIsThereTwiceRefusesAll() throws IOException {
    Map<String, byte[]> files = files();
    files.put("./init", "which one?".getBytes(UTF_8));
    refused(tar(files), "two files \"init\"");
  }

  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_SYMLINK, TarConstants.LF_LINK, TarConstants.LF_FIFO})
  void blobThatIsNoRegularFileRefusesAll(byte type) throws IOException {
    Map<String, byte[]> files = files();
    files.remove("init");
    TarArchiveEntry entry = new TarArchiveEntry("init", type);
    entry.setLinkName("/bin/sh");
    refused(tar(files, entry), "init is no regular file");
  }

  /** Packages have links of their own, such as those by build id. */
  @Test
  void linkElsewhereIsPassedOver() throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("usr/lib/.build-id/ab", TarConstants.LF_SYMLINK);
    entry.setLinkName("../../../blobs/init");
    install(tar(below("blobs/", files()), entry));
    assertInstalled(files());
  }

  @ParameterizedTest
  @CsvSource({
    "269, 0000, SHA-1 of the header",
    "273, 0000, SHA-256 of the header",
    "1000, 7, size",
    "1004, 00000000000000000000000000000000, MD5",
    "5092, 0000, SHA-256 of the payload",
  })
  void packageWhoseOwnDigestDoesNotHoldIsRefused(int tag, String wrong, String what)
      throws IOException {
    refused(
        new TestRpm(cpio(files())).wrong(tag, wrong).bytes(),
        "damaged package: the " + what + " is",
        "not " + wrong + " as it states");
  }

  @Test
  void sourcePackageIsRefused() throws IOException {
    refused(new TestRpm(cpio(files())).type(1).bytes(), "a source package; name the binary one");
  }

  @Test
  void payloadThatIsNoCpioIsRefused() throws IOException {
    refused(new TestRpm(cpio(files())).format("drpm").bytes(), "its payload is drpm, not cpio");
  }

  /** Entries and bytes of data, in the signature at 96. */
  @ParameterizedTest
  @CsvSource({"-1, 100", "0, 100", "65536, 100", "1, -1", "1, 16777217"})
  void absurdCountsAreRefused(int entries, int bytes) throws IOException {
    byte[] rpm = new TestRpm(cpio(files())).bytes();
    ByteBuffer.wrap(rpm).putInt(96 + 8, entries).putInt(96 + 12, bytes);
    refused(rpm, "signature: ", " bytes of data; at most 65535 and 16777216");
  }

  @Test
  void tagOutsideTheHeaderIsRefused() throws IOException {
    byte[] rpm = new TestRpm(cpio(files())).bytes();
    // The signature's first entry: tag, type, offset.
    ByteBuffer.wrap(rpm).putInt(96 + 16 + 8, 1 << 20);
    refused(rpm, "tag 269 lies at 1048576 of");
    ByteBuffer.wrap(rpm).putInt(96 + 16 + 8, -1);
    refused(rpm, "tag 269 lies at -1 of");
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 100, 120, 300, 500})
  void packageThatEndsEarlyIsRefused(int length) throws IOException {
    byte[] rpm = new TestRpm(cpio(files())).bytes();
    refused(Arrays.copyOf(rpm, length), "fetch it again");
  }

  @Test
  void headerWithoutItsMagicIsRefused() throws IOException {
    byte[] rpm = new TestRpm(cpio(files())).bytes();
    rpm[96] = 0;
    refused(rpm, "signature: no RPM header where one must be");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz", "zstd", "bzip2"})
  void compressedDataCutShortIsRefused(String compression) throws IOException {
    byte[] bytes = compress(compression, tar(files()));
    refused(Arrays.copyOf(bytes, bytes.length / 2), "damaged", "fetch it again");
  }

  @Test
  void lzmaIsSaidNotToBeSupported() throws IOException {
    refused(compress("lzma", tar(files())), "compressed with lzma", "with xz");
  }

  @Test
  void whatIsNoArchiveIsRefused() throws IOException {
    byte[] page = "<html>Please log in</html>".repeat(100).getBytes(UTF_8);
    refused(page, "no RPM package, tar or zip archive");
    refused(new byte[0], "holds no bzImage or Image");
  }

  @Test
  void closingLeavesNoCopy() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Map<Path, Boolean> before = copies(temporary);
    install(tar(files()));
    assertRefused(IOException.class, () -> BlobArchive.of(dir.resolve("missing")), "missing");
    Map<Path, Boolean> after = copies(temporary);
    after.keySet().removeAll(before.keySet());
    assertEquals(Map.of(), after);
  }

  private static Map<Path, Boolean> copies(Path directory) throws IOException {
    Map<Path, Boolean> found = new HashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      files
          .filter(f -> f.getFileName().toString().startsWith("blobs-"))
          .forEach(f -> found.put(f, true));
    }
    return found;
  }

  private byte[] file(byte[] archive, String expected, String name) throws IOException {
    Path path = Files.write(dir.resolve("archive"), archive);
    try (BlobArchive opened = BlobArchive.of(path)) {
      return TestImage.read(opened.file(expected, name));
    }
  }

  @Test
  void oneFileOfAPackageIsReadOnceItsDigestIsRight() throws IOException {
    byte[] rpm = new TestRpm(
            compress("gz", cpio(Map.of("usr/bin/nitro-cli", "elf".getBytes(UTF_8)))))
        .bytes();
    String digest = TestImage.digest(rpm);
    assertEquals("elf", new String(file(rpm, digest, "usr/bin/nitro-cli"), UTF_8));
    assertRefused(
        EifException.class,
        () -> file(rpm, digest, "usr/bin/other"),
        "archive: holds no file usr/bin/other",
        "right package");
    assertRefused(
        EifException.class,
        () -> file(rpm, "sha256:" + "0".repeat(64), "usr/bin/nitro-cli"),
        "its digest is " + digest);
    assertRefused(
        IllegalArgumentException.class, () -> file(rpm, "abc", "usr/bin/nitro-cli"), "no digest");
  }
}
