package io.treza.eif;

import static io.treza.image.Refusal.assertRefused;

import io.treza.eif.internal.archive.Archive;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An archive may be small and what is in it large; every kind is held to the same limits. */
class ArchiveLimitsTest {
  private static final ImageLimits LIMITS = new ImageLimits(100_000, 5, 20);

  @TempDir
  Path dir;

  private final Map<String, byte[]> files = new LinkedHashMap<>();

  @BeforeEach
  void start() {
    files.put("a", new byte[40_000]);
    files.put("b", new byte[40_000]);
  }

  private void refused(String message) throws IOException {
    byte[] cpio = TestBlobs.compress("gz", TestRpm.cpio(files));
    refused(new TestRpm(cpio).bytes(), message);
    refused(TestBlobs.compress("gz", TestBlobs.tar(files)), message);
    refused(TestBlobs.zip(files), message);
  }

  private void refused(byte[] archive, String message) throws IOException {
    Path file = Files.write(dir.resolve("archive"), archive);
    assertRefused(
        EifException.class, () -> new Archive(file, "sent", LIMITS).list(), "sent: " + message);
  }

  @Test
  void bombIsRefused() throws IOException {
    files.put("c", new byte[40_000]);
    refused("more than ");
  }

  @Test
  void tooManyMembersAreRefused() throws IOException {
    for (int i = 0; i < 4; i++) {
      files.put("more" + i, new byte[0]);
    }
    refused("more than 5 members");
  }

  @Test
  void longNameIsRefused() throws IOException {
    files.put("x".repeat(21), new byte[0]);
    refused("a member whose name has over 20 bytes");
  }
}
