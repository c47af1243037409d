package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.eif.internal.archive.Archive;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all: listing the archive gives members within the limits whose names stay inside, or
 * an {@link EifException}. See {@link EifFileFuzzTest} for how to run it.
 */
class ArchiveFuzzTest {
  private static final ImageLimits LIMITS = new ImageLimits(1 << 20, 1000, 200);

  static Stream<byte[]> seeds() {
    Map<String, byte[]> files = TestBlobs.below("blobs/", TestBlobs.files());
    byte[] tar = TestBlobs.tar(files);
    byte[] cpio = TestRpm.cpio(files);
    return Stream.concat(
        Stream.of(tar, TestBlobs.zip(files), new TestRpm(cpio).bytes()),
        Stream.of("gz", "xz", "zstd", "bzip2")
            .flatMap(name -> Stream.of(
                TestBlobs.compress(name, tar),
                new TestRpm(TestBlobs.compress(name, cpio)).bytes())));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void listsOrRefuses(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".archive");
    try {
      Files.write(file, bytes);
      List<Archive.Member> members = new Archive(file, "fuzz", LIMITS).list();
      assertTrue(members.size() <= LIMITS.maxEntries());
      for (Archive.Member member : members) {
        assertFalse(member.name().startsWith("/"), member.name());
        assertFalse(List.of(member.name().split("/", -1)).contains(".."), member.name());
      }
    } catch (EifException refused) {
      // That is an answer.
    } finally {
      Files.delete(file);
    }
  }
}
