package io.treza.samples.eifbenchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** What is measured: one piece of work in a JVM of its own, with a small heap. */
public final class Work {
  private Work() {}

  /**
   * Does it.
   *
   * @param arguments the work; the layout or file to work on; for build and measure, the kernel,
   *     the directory to work in and, for build, the file to write
   */
  public static void main(String... arguments) throws IOException, GeneralSecurityException {
    Path input = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "sha384" -> hash(input);
      case "copy" -> copy(input, Path.of(arguments[2]));
      case "decompress" -> decompress(input);
      case "measure" -> enclaveImage(input, arguments, false);
      case "build" -> enclaveImage(input, arguments, true);
      default -> throw new IllegalArgumentException("unknown work " + arguments[0]);
    }
  }

  private static void enclaveImage(Path layout, String[] arguments, boolean write)
      throws IOException {
    Content init = Content.of("a placeholder, not an init".getBytes(UTF_8));
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(Path.of(arguments[3])).open(layout)) {
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(image, Path.of(arguments[2]), "quiet")
          .bootstrap(
              List.of(FileEntry.directory("dev", 0755), FileEntry.regular("init", 0755, init)));
      if (write) {
        builder.build(Path.of(arguments[4]));
      } else {
        builder.measure();
      }
    }
  }

  private static void decompress(Path layout) throws IOException {
    for (Path layer : LargeImage.layers(layout)) {
      try (InputStream in = new GZIPInputStream(
          new BufferedInputStream(Files.newInputStream(layer), 1 << 16), 1 << 16)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
  }

  private static void copy(Path file, Path target) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        OutputStream out = Files.newOutputStream(target)) {
      in.transferTo(out);
    }
    Files.delete(target);
  }

  private static void hash(Path file) throws IOException, GeneralSecurityException {
    MessageDigest sha384 = MessageDigest.getInstance("SHA-384");
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha384.update(buffer, 0, n);
      }
    }
    sha384.digest();
  }
}
