package io.treza.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Builds an image with a large file and pushes it, in a JVM of its own with little memory. */
final class PushInChild {
  private PushInChild() {}

  /** Takes a base's path, the name to push to, and the file's size. */
  public static void main(String... arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    RegistryAccess access =
        RegistryAccess.builder().credentials(CredentialSource.none()).build();
    try (ContainerImage base = ContainerImage.open(Path.of(arguments[0]))) {
      FileEntry large = FileEntry.regular("large", 0644, zeros(Long.parseLong(arguments[2])));
      ExtendedImage image =
          ExtendedImage.on(base).layer("large", List.of(large)).build();
      out.print(
          image.push(RegistryReference.parse(arguments[1]), access).digest().orElseThrow());
    }
  }

  private static Content zeros(long size) {
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open() {
        return new InputStream() {
          private long left = size;

          @Override
          public int read() {
            return left-- > 0 ? 0 : -1;
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            int n = (int) Math.min(left, length);
            left -= n;
            return n == 0 ? -1 : n;
          }
        };
      }
    };
  }
}
