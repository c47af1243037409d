package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A set of blobs is told by its PCR1 or by its files. */
class BlobIdentityTest {
  private static final long LINUXKIT_TIME = 1492533000;

  @TempDir
  Path dir;

  private static BlobRelease release(String part) {
    return BlobRelease.known().stream()
        .filter(r -> r.name().contains(part))
        .findFirst()
        .orElseThrow();
  }

  private static String digest(String text) {
    return TestImage.digest(text.getBytes(UTF_8)).substring("sha256:".length());
  }

  /** The bootstrap ramdisk as linuxkit writes it, byte for byte, by hand. */
  private static byte[] bootstrap() {
    return new Newc()
        .member("dev", "", 721, 0040755, 0, 0, 2, LINUXKIT_TIME, 0, 3, 1, 0, 0)
        .member("init", "an init", 722, 0100755, 0, 0, 1, LINUXKIT_TIME, 7, 3, 1, 0, 0)
        .member("nsm.ko", "a driver", 723, 0100755, 0, 0, 1, LINUXKIT_TIME, 8, 3, 1, 0, 0)
        .member("TRAILER!!!", "", 724, 0, 0, 0, 1, 0, 0, 3, 1, 0, 0)
        .pad(512)
        .unfinished();
  }

  private static String pcr1(byte[] ramdisk) throws NoSuchAlgorithmException {
    MessageDigest content = MessageDigest.getInstance("SHA-384");
    content.update(TestBlobs.bzImage());
    content.update("reboot=k panic=30".getBytes(UTF_8));
    MessageDigest register = MessageDigest.getInstance("SHA-384");
    register.update(new byte[48]);
    return HexFormat.of().formatHex(register.digest(content.digest(ramdisk)));
  }

  @Test
  void pcr1IsThatOfNitroClisRamdisk() throws IOException, NoSuchAlgorithmException {
    EnclaveBlobs blobs = EnclaveBlobs.in(TestBlobs.write(dir.resolve("blobs"), TestBlobs.files()));
    assertEquals(pcr1(bootstrap()), blobs.nitroCliPcr1());
  }

  @Test
  void digestsAreOfEveryBlobThatIsMeasured() throws IOException {
    Path blobs = TestBlobs.write(dir.resolve("blobs"), TestBlobs.filesOfNitroCli2());
    BlobIdentity identity = BlobIdentity.of(EnclaveBlobs.in(blobs));
    assertEquals(
        List.of("kernel", "cmdline", "init", "modules_load_order", "virtio_mmio.ko", "nsm.ko"),
        List.copyOf(identity.digests().keySet()));
    assertEquals(digest("reboot=k panic=30"), identity.digests().get("cmdline"));
    assertEquals(digest("a driver"), identity.digests().get("nsm.ko"));
    assertEquals(List.of(), identity.releases());
  }

  @Test
  void imageOfTheSameBlobsHasTheSameIdentity() throws IOException {
    Path directory = TestBlobs.write(dir.resolve("blobs"), TestBlobs.files());
    EnclaveBlobs blobs = EnclaveBlobs.in(directory);
    Path first = Files.write(dir.resolve("first"), bootstrap());
    Path second = Files.write(
        dir.resolve("second"), new Newc().file("init", "the application's").bytes());
    Path eif = dir.resolve("eif");
    EifBuilder.of(Architecture.X86_64, directory.resolve("bzImage"), blobs.cmdline())
        .metadata(EifMetadata.builder("x", "1").build())
        .addRamdisk(first)
        .addRamdisk(second)
        .write(eif);
    assertEquals(BlobIdentity.of(blobs), BlobIdentity.of(EifFile.open(eif)));
  }

  @Test
  void filesOfAnImageInAnUnknownFormAreNotTold() throws IOException {
    Path directory = TestBlobs.write(dir.resolve("blobs"), TestBlobs.files());
    Path eif = dir.resolve("eif");
    EifBuilder.of(Architecture.X86_64, directory.resolve("bzImage"), "quiet")
        .metadata(EifMetadata.builder("x", "1").build())
        .addRamdisk(Files.write(dir.resolve("xz"), TestBlobs.compress("xz", bootstrap())))
        .write(eif);
    assertEquals(
        Set.of("kernel", "cmdline"),
        BlobIdentity.of(EifFile.open(eif)).digests().keySet());
  }

  @Test
  void imageThatReadersDisagreeAboutHasNoIdentity() throws IOException {
    Path eif = Files.write(
        dir.resolve("eif"),
        BrokenEif.whole().with(BrokenEif.KERNEL, "which one?").bytes());
    assertRefused(EifException.class, () -> BlobIdentity.of(EifFile.open(eif)), "readers disagree");
  }

  @Test
  void releaseIsFoundByItsPcr1() {
    BlobRelease arm = release("1.4.5");
    BlobIdentity identity = new BlobIdentity(
        Architecture.AARCH64, arm.pcr1().orElseThrow(), Map.of("kernel", digest("any")));
    assertEquals(List.of(arm), identity.releases());
    assertEquals(
        List.of(),
        new BlobIdentity(Architecture.X86_64, identity.pcr1(), identity.digests()).releases());
  }

  @Test
  void releaseIsFoundByItsFilesInAnyRamdisk() {
    BlobRelease published = release("1.4.4-0.amzn2023");
    BlobIdentity identity =
        new BlobIdentity(Architecture.X86_64, "0".repeat(96), published.digests());
    assertEquals(List.of(published), identity.releases());
    Map<String, String> oneChanged = new HashMap<>(published.digests());
    oneChanged.put("init", digest("another"));
    assertEquals(
        List.of(), new BlobIdentity(Architecture.X86_64, "0".repeat(96), oneChanged).releases());
  }

  @Test
  void everyKnownReleaseIsToldFromTheOthersAndSaysItsSource() {
    Set<Object> seen = new HashSet<>();
    for (BlobRelease release : BlobRelease.known()) {
      assertTrue(release.pcr1().isPresent() || !release.digests().isEmpty(), release.name());
      assertTrue(release.pcr1().isEmpty() || seen.add(release.pcr1()), release.name());
      assertTrue(release.digests().isEmpty() || seen.add(release.digests()), release.name());
      assertTrue(release.pcr1().orElse("0".repeat(96)).matches("[0-9a-f]{96}"), release.name());
      release.digests().values().forEach(hex -> assertTrue(hex.matches("[0-9a-f]{64}"), hex));
      assertFalse(release.source().isBlank(), release.name());
    }
    assertTrue(seen.size() >= 8, "found " + seen.size());
  }

  @Test
  void everyPcr1ThatIsKnownToBePublishedIsListed() throws IOException {
    Path published = Requirement.shared("eif/known-pcrs.json");
    JsonNode seen = JsonMapper.builder()
        .build()
        .readTree(published.toFile())
        .required("x86_64_PCR1_seen_in_the_wild");
    Set<String> known = new HashSet<>();
    BlobRelease.known().forEach(release -> release.pcr1().ifPresent(known::add));
    seen.fieldNames().forEachRemaining(pcr1 -> assertTrue(known.contains(pcr1), pcr1));
    assertTrue(seen.size() >= 5);
  }
}
