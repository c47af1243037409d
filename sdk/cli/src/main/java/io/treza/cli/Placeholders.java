package io.treza.cli;

import io.treza.eif.Architecture;
import io.treza.eif.EnclaveBlobs;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What stands in for a kernel and an init in simulated enclaves: labelled files that are measured
 * like real ones and never boot. No kernel ships with this project. They lie as AWS's blobs do, so
 * that {@code treza eif measure --blobs} says beforehand what a simulated enclave will measure.
 */
final class Placeholders {
  private static final String LABEL =
      "Placeholder, not a %s: measured, never booted. Simulated enclaves only.\n";

  private Placeholders() {}

  /** Where they are, for enclaves whose files are kept in {@code data}. */
  static Path directory(Path data) {
    return data.resolve("placeholder-blobs");
  }

  /** Writes them into {@link #directory}. */
  static EnclaveBlobs in(Path data) throws IOException {
    Path blobs = Files.createDirectories(directory(data));
    Path kernel = Files.writeString(blobs.resolve("bzImage"), LABEL.formatted("kernel"));
    Path init = Files.writeString(blobs.resolve("init"), LABEL.formatted("init"));
    Path cmdline = Files.writeString(blobs.resolve("cmdline"), "console=ttyS0 placeholder");
    // EnclaveBlobs.in would want a kernel that boots.
    return new EnclaveBlobs(
        Architecture.X86_64,
        kernel,
        Files.readString(cmdline),
        List.of(
            FileEntry.directory("dev", 0755), FileEntry.regular("init", 0755, Content.of(init))));
  }
}
