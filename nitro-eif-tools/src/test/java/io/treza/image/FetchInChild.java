package io.treza.image;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Fetches an image or a file in a JVM of its own, with its environment and properties. */
final class FetchInChild {
  private FetchInChild() {}

  /** Takes an image's name or a file's address, and a directory for the cache or the file. */
  public static void main(String... arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Path directory = Path.of(arguments[1]);
    try {
      if (arguments[0].startsWith("https://")) {
        Download.of(URI.create(arguments[0])).to(directory.resolve("file"));
        out.print("downloaded");
        return;
      }
      RegistryAccess access = RegistryAccess.builder()
          .cache(directory)
          .credentials(CredentialSource.none())
          .build();
      try (ContainerImage image =
          ContainerImage.opener().registries(access).open(RegistryReference.parse(arguments[0]))) {
        out.print(image.configDigest());
      }
    } catch (ImageException | IllegalArgumentException e) {
      out.print(e.getMessage());
    }
  }
}
