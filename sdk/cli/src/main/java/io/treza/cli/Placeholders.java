package io.treza.cli;

import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What stands in for a kernel and an init in simulated enclaves: labelled files that are measured
 * like real ones and never boot. No kernel ships with this project.
 */
final class Placeholders {
  static final String CMDLINE = "console=ttyS0 placeholder";
  private static final String LABEL =
      "Placeholder, not a %s: measured, never booted. Simulated enclaves only.\n";

  private Placeholders() {}

  /** Writes the kernel's placeholder into {@code directory}. */
  static Path kernel(Path directory) throws IOException {
    return Files.writeString(
        Files.createDirectories(directory).resolve("kernel-placeholder"),
        LABEL.formatted("kernel"));
  }

  static List<FileEntry> bootstrap() {
    byte[] init = LABEL.formatted("init").getBytes(StandardCharsets.UTF_8);
    return List.of(
        FileEntry.directory("dev", 0755), FileEntry.regular("init", 0755, Content.of(init)));
  }
}
