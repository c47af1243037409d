package io.treza.eif;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Builds an enclave image, in this JVM or in another, and tells the SHA-256 of the file. */
final class BuildInChild {
  private BuildInChild() {}

  /** Takes a saved image and the file to write; prints the digest alone. */
  public static void main(String... arguments) throws IOException {
    try (ContainerImage image = ContainerImage.open(Path.of(arguments[0]))) {
      PrintStream out = new PrintStream(System.out, true, US_ASCII);
      out.print(build(image, Path.of(arguments[1])));
    }
  }

  static String build(ContainerImage image, Path target) throws IOException {
    Path kernel = Files.writeString(target.resolveSibling("kernel"), "no known kernel");
    EnclaveImageBuilder.of(image, kernel, "console=ttyS0")
        .bootstrap(List.of(
            FileEntry.directory("dev", 0755),
            FileEntry.regular("init", 0755, Content.of("not an init".getBytes(UTF_8)))))
        // Unless said, the image's id, which depends on how its layers were written.
        .version("1")
        .build(target);
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(target)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Builds in a JVM of its own. */
  static String run(Path java, List<String> options, Path image, Path target)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(java.toString()));
    command.addAll(options);
    command.addAll(List.of(
        "-cp",
        System.getProperty("java.class.path"),
        BuildInChild.class.getName(),
        image.toString(),
        target.toString()));
    Path errors = target.resolveSibling("errors");
    Process child = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String said = new String(child.getInputStream().readAllBytes(), US_ASCII);
    if (child.waitFor() != 0) {
      throw new AssertionError(command + " failed: " + Files.readString(errors));
    }
    return said;
  }
}
