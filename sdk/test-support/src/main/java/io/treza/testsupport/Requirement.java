package io.treza.testsupport;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * What a test needs beyond a JDK and Maven.
 *
 * <p>A missing requirement skips the test and says why; with {@code TREZA_REQUIRE=all} in the
 * environment, as in CI, it fails it instead.
 */
public final class Requirement {
  private Requirement() {}

  /**
   * A file or directory of the shared data, which lies beside the checkout or where the system
   * property {@code treza.shared} says.
   *
   * @param relative path below the shared directory, for example {@code attestation/documents}
   */
  public static Path shared(String relative) {
    Path path = Path.of(System.getProperty("treza.shared", "../shared")).resolve(relative);
    require(
        Files.exists(path), "shared data is not here: " + path.toAbsolutePath().normalize());
    return path;
  }

  /** Continues if {@code present}; otherwise skips the running test, or fails it in CI. */
  public static void require(boolean present, String whatIsMissing) {
    if (!present && "all".equals(System.getenv("TREZA_REQUIRE"))) {
      Assertions.fail("TREZA_REQUIRE=all, but " + whatIsMissing);
    }
    Assumptions.assumeTrue(present, whatIsMissing);
  }
}
