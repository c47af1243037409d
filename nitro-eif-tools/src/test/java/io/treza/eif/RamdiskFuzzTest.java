package io.treza.eif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.image.Content;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all: listing the ramdisk gives entries within the limits, twice the same, or an
 * {@link EifException}. See {@link EifFileFuzzTest} for how to run it.
 */
class RamdiskFuzzTest {
  private static final ImageLimits LIMITS = new ImageLimits(1 << 20, 1000, 200);

  static Stream<byte[]> seeds() throws IOException {
    return Stream.concat(
        Stream.of(new Newc().directory("a").file("a/b", "c").link("d", "a").bytes()),
        RamdiskTest.brokenRamdisks().map(RamdiskTest.Broken::bytes));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void listsOrRefuses(byte[] bytes) throws IOException {
    Ramdisk ramdisk = Ramdisk.of("fuzz", Content.of(bytes), LIMITS);
    List<RamdiskEntry> entries;
    try {
      entries = ramdisk.entries();
    } catch (EifException refused) {
      return;
    }
    assertTrue(entries.size() <= LIMITS.maxEntries());
    assertEquals(entries, ramdisk.entries());
  }
}
