package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all: opening and linting them gives findings or an {@link EifException}, and what
 * has no violation is exactly its sections.
 *
 * <p>The build runs the seeds only. To fuzz, one target at a time:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn verify -pl nitro-eif-tools -am -Dtest=EifFileFuzzTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class EifFileFuzzTest {
  @TempDir
  static Path dir;

  static Stream<byte[]> seeds() {
    return Stream.concat(
        Stream.of(
            BrokenEif.whole().bytes(),
            BrokenEif.whole()
                .with(BrokenEif.RAMDISK, new Newc().file("a", "b").bytes())
                .bytes()),
        EifFileTest.brokenFiles().map(EifFileTest.Broken::file));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void opensWithFindingsOrRefuses(byte[] bytes) throws IOException {
    Path file = Files.write(dir.resolve("a.eif"), bytes);
    EifFile eif;
    try {
      eif = EifFile.open(file);
    } catch (EifException refused) {
      return;
    }
    assertTrue(EifLint.check(eif, Instant.EPOCH).containsAll(eif.violations()));
    if (eif.violations().isEmpty()) {
      long end = 548;
      for (EifSection section : eif.sections()) {
        assertEquals(end, section.offset());
        end = section.dataOffset() + section.size();
      }
      assertEquals(bytes.length, end);
      assertTrue(eif.measurements().isPresent());
    }
  }
}
