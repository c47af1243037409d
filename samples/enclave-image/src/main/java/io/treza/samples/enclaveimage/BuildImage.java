package io.treza.samples.enclaveimage;

import io.treza.eif.BlobArchive;
import io.treza.eif.EnclaveBlobs;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Builds an enclave image and prints what it measures.
 *
 * <p>Usage: {@code BuildImage IMAGE ARCHIVE DIGEST DIRECTORY}: a saved container image, the archive
 * with AWS's blobs and its digest, and the directory for what is made.
 */
public final class BuildImage {
  private BuildImage() {}

  /** Entry point. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[3]);
    EnclaveBlobs blobs;
    try (BlobArchive archive = BlobArchive.of(Path.of(args[1]))) {
      blobs = archive.install(args[2], Optional.empty(), directory.resolve("blobs"));
    }
    EnclaveImage built = build(Path.of(args[0]), blobs, directory.resolve("enclave.eif"));
    System.out.println(built.measurements().toJson());
  }

  private static EnclaveImage build(Path saved, EnclaveBlobs blobs, Path target)
      throws IOException {
    try (ContainerImage image = ContainerImage.open(saved)) {
      return EnclaveImageBuilder.of(image, blobs.kernel(), blobs.cmdline())
          .bootstrap(blobs.bootstrap())
          .build(target);
    }
  }
}
