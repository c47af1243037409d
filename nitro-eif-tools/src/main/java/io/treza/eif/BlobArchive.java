package io.treza.eif;

import io.treza.eif.internal.AtomicDirectory;
import io.treza.eif.internal.Sha256;
import io.treza.eif.internal.archive.Archive;
import io.treza.eif.internal.archive.BlobFinder;
import io.treza.image.Content;
import io.treza.image.Download;
import io.treza.image.ImageLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A private copy of an archive that holds AWS's blobs or programs: an RPM package (payload in gzip, xz, zstd or
 * bzip2), a tar archive in one of these or none, or a zip archive. It is gone when closed.
 *
 * <p>Nothing looks into it before its digest is found to be the expected one.
 */
public final class BlobArchive implements AutoCloseable {
  // The largest known package has 70 MB, uncompressed.
  private static final ImageLimits LIMITS = new ImageLimits(1L << 30, 100_000, 4000);
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  private static final int MOST_IN_MEMORY = 1 << 26;

  private final Path copy;
  private final String origin;
  private final String digest;

  private BlobArchive(Path copy, String origin, String digest) {
    this.copy = copy;
    this.origin = origin;
    this.digest = digest;
  }

  /** What fills the copy. */
  @FunctionalInterface
  private interface Source {
    void copyTo(Path file) throws IOException;
  }

  /**
   * Copies a file.
   *
   * @throws EifException if it is a directory
   * @throws IOException if it cannot be read, or the copy not be written
   */
  public static BlobArchive of(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new EifException(file + ": a directory; name an archive");
    }
    return of(file.toString(), copy -> Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING));
  }

  /**
   * Downloads a file.
   *
   * @throws IOException if it cannot be had, or the copy not be written
   */
  public static BlobArchive of(Download download) throws IOException {
    return of(download.toString(), download::to);
  }

  private static BlobArchive of(String origin, Source source) throws IOException {
    Path copy = Files.createTempFile("blobs-", ".archive");
    try {
      source.copyTo(copy);
      try (InputStream in = Files.newInputStream(copy)) {
        return new BlobArchive(copy, origin, "sha256:" + Sha256.hex(in));
      }
    } catch (IOException | RuntimeException e) {
      Files.delete(copy);
      throw e;
    }
  }

  /** The digest of the archive as it is, {@code sha256:} and lower-case hex. */
  public String digest() {
    return digest;
  }

  /**
   * Unpacks the blobs, and nothing else, into a new directory, which appears whole or not at all.
   *
   * @param expected the digest the archive must have, {@code sha256:} and lower-case hex
   * @param architecture which set to take where there are several
   * @param target the directory, which must not exist
   * @return the blobs there
   * @throws IllegalArgumentException if {@code expected} is no such digest
   * @throws EifException if the archive has another digest, is damaged or hostile, or does not hold
   *     one complete set
   * @throws java.nio.file.FileAlreadyExistsException if {@code target} exists
   * @throws IOException if the directory cannot be written
   */
  public EnclaveBlobs install(String expected, Optional<Architecture> architecture, Path target)
      throws IOException {
    requireDigest(expected);
    Archive archive = new Archive(copy, origin, LIMITS);
    Map<String, String> found = new BlobFinder(archive.list(), origin).find(architecture);
    AtomicDirectory.write(target, directory -> {
      archive.walk((member, content) -> {
        String name = found.get(member.name());
        if (name != null) {
          Files.copy(content, directory.resolve(name));
        }
      });
      EnclaveBlobs blobs = EnclaveBlobs.in(directory, origin);
      if (architecture.isPresent() && architecture.get() != blobs.architecture()) {
        throw new EifException(origin + ": its kernel for " + architecture.get().kernelName()
            + " is one for " + blobs.architecture().kernelName());
      }
      return blobs;
    });
    return EnclaveBlobs.in(target);
  }

  /**
   * Reads one file into memory, such as {@code usr/bin/nitro-cli} of the package
   * aws-nitro-enclaves-cli.
   *
   * @param expected the digest the archive must have, as for {@link #install}
   * @param name of a regular file in the archive, of at most 64 MiB
   * @throws IllegalArgumentException if {@code expected} is no such digest
   * @throws EifException if the archive has another digest, is damaged or hostile, or has no such
   *     file
   * @throws IOException if the private copy cannot be read
   */
  public Content file(String expected, String name) throws IOException {
    requireDigest(expected);
    Archive archive = new Archive(copy, origin, LIMITS);
    if (!archive.list().contains(new Archive.Member(name, true))) {
      throw new EifException(origin + ": holds no file " + name + "; is it the right package?");
    }
    ByteArrayOutputStream found = new ByteArrayOutputStream();
    archive.walk((member, content) -> {
      if (member.name().equals(name)) {
        found.write(content.readNBytes(MOST_IN_MEMORY + 1));
      }
    });
    if (found.size() > MOST_IN_MEMORY) {
      throw new EifException(origin + ": " + name + " has over " + MOST_IN_MEMORY + " bytes");
    }
    return Content.of(found.toByteArray());
  }

  private void requireDigest(String expected) throws EifException {
    if (!DIGEST.matcher(expected).matches()) {
      throw new IllegalArgumentException(
          "\"" + expected + "\" is no digest; write sha256: and 64 lower-case hex digits");
    }
    if (!digest.equals(expected)) {
      throw new EifException(origin + ": its digest is " + digest + ", not " + expected
          + " as it must be; it is another file, or was changed");
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(copy);
  }
}
