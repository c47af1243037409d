package io.treza.samples.enclavelibrary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Consumer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library as strangers use it, outside an enclave: on both paths it says what is missing. */
class ConsumerTest {
  private static final String MAIN = "io.treza.samples.enclavelibrary.Hello";

  @TempDir
  private Path directory;

  @Test
  void startsOnTheClassPath() throws Exception {
    assertSaysWhatIsMissing(Consumer.onClassPath(MAIN, entry -> true, directory));
  }

  @Test
  void startsOnTheModulePath() throws Exception {
    assertSaysWhatIsMissing(
        Consumer.onModulePath("io.treza.samples.enclavelibrary/" + MAIN, directory));
  }

  private static void assertSaysWhatIsMissing(Consumer consumer) throws Exception {
    Consumer.Output output = consumer.run();
    assertEquals(1, output.status(), output::toString);
    assertTrue(
        output.err().contains("no attestation agent answers at /run/treza/agent.sock"),
        output::toString);
  }
}
