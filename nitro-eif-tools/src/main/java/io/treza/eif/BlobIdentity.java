package io.treza.eif;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.internal.BlobNames;
import io.treza.eif.internal.Sha256;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What tells one set of AWS's blobs from every other.
 *
 * @param architecture the processor it is for
 * @param pcr1 in lower-case hex: of an enclave image, as measured; of files, the one of images that
 *     nitro-cli builds from them ({@link EnclaveBlobs#nitroCliPcr1})
 * @param digests SHA-256 in lower-case hex of {@code kernel}, {@code cmdline} (the text without the
 *     end of its line), {@code init}, {@code agent} and {@code forwarder} if there are any, and each
 *     module, by these names
 */
public record BlobIdentity(Architecture architecture, String pcr1, Map<String, String> digests) {
  private static final String KERNEL = "kernel";

  public BlobIdentity {
    digests = Collections.unmodifiableMap(new LinkedHashMap<>(digests));
  }

  /**
   * Identifies a set of files.
   *
   * @throws IOException if one cannot be read
   */
  public static BlobIdentity of(EnclaveBlobs blobs) throws IOException {
    return new BlobIdentity(
        blobs.architecture(),
        blobs.nitroCliPcr1(),
        digests(blobs.kernel(), blobs.cmdline(), blobs.bootstrap()));
  }

  /** The digests of what an enclave image is to boot from, as {@link #digests()} has them. */
  static Map<String, String> digests(Path kernel, String cmdline, List<FileEntry> bootstrap)
      throws IOException {
    Map<String, String> digests = new LinkedHashMap<>();
    digests.put(KERNEL, sha256(Content.of(kernel)));
    digests.put(BlobNames.CMDLINE, sha256(Content.of(cmdline.getBytes(UTF_8))));
    for (FileEntry file : bootstrap) {
      if (file.node() instanceof FileNode.Regular regular) {
        digests.put(file.path().toString(), sha256(regular.content()));
      }
    }
    return digests;
  }

  /**
   * Identifies what an enclave image boots from, whoever built it.
   *
   * @throws EifException if readers of the image disagree about what it holds, or its first ramdisk
   *     is malformed
   * @throws IOException if it cannot be read
   */
  public static BlobIdentity of(EifFile eif) throws IOException {
    EifMeasurements measured = eif.measurements()
        .orElseThrow(() -> new EifException(
            eif.path() + ": readers disagree about what is in it; see what lint says"));
    Map<String, String> digests = new LinkedHashMap<>();
    for (EifSection.Type type : List.of(EifSection.Type.KERNEL, EifSection.Type.CMDLINE)) {
      String name = type == EifSection.Type.KERNEL ? KERNEL : BlobNames.CMDLINE;
      digests.put(name, sha256(eif.content(eif.find(type).orElseThrow())));
    }
    EifSection first = eif.find(EifSection.Type.RAMDISK)
        .orElseThrow(() -> new EifException(eif.path() + ": no ramdisk to boot from"));
    Ramdisk ramdisk = Ramdisk.of(eif, first, ImageLimits.defaults());
    // Registers cover a ramdisk in any other form too; only its files cannot be told.
    if (ramdisk.format() == Ramdisk.Format.NEWC || ramdisk.format() == Ramdisk.Format.GZIP) {
      ramdisk.forEach((entry, content) -> {
        if (entry.kind() == RamdiskEntry.Kind.FILE
            && BlobNames.isBootstrap(entry.path().latin1())) {
          digests.put(entry.path().toString(), Ramdisk.hashed(entry, content).content());
        }
      });
    }
    return new BlobIdentity(eif.header().architecture(), measured.pcr1(), digests);
  }

  /** The known releases that this is: those with this PCR1, or with exactly these blobs. */
  public List<BlobRelease> releases() {
    return BlobRelease.known().stream()
        .filter(release -> release.architecture() == architecture)
        .filter(release ->
            release.pcr1().filter(pcr1::equals).isPresent() || release.digests().equals(digests))
        .toList();
  }

  private static String sha256(Content content) throws IOException {
    try (InputStream in = content.open()) {
      return Sha256.hex(in);
    }
  }
}
