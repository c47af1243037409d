package io.treza.samples.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import io.treza.testsupport.Consumer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifier as strangers use it: another process, on the class path and on the module path. */
class ConsumerTest {
  private static final String MAIN = "io.treza.samples.quickstart.Quickstart";
  private static final byte[] NONCE = HexFormat.of().parseHex("a0".repeat(32));

  @TempDir
  Path directory;

  @BeforeEach
  void makeDocument() throws IOException {
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, (byte) 1);
    byte[] document = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(pcr, pcr, pcr)
        .build()
        .attest(Optional.of(NONCE), Optional.empty(), Optional.empty());
    Files.write(directory.resolve("document"), document);
    Files.writeString(directory.resolve("root"), root.certificate().pem());
    String hex = HexFormat.of().formatHex(pcr);
    Files.writeString(
        directory.resolve("pins"),
        "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}".formatted(hex, hex, hex));
  }

  @Test
  void worksOnTheClassPath() throws Exception {
    assertVerifies(Consumer.onClassPath(MAIN, entry -> true, directory));
  }

  @Test
  void worksOnTheModulePath() throws Exception {
    assertVerifies(Consumer.onModulePath("io.treza.samples.quickstart/" + MAIN, directory));
  }

  @Test
  void worksWithoutTheOptionalProvider() throws Exception {
    assertVerifies(Consumer.onClassPath(
        MAIN, entry -> !entry.contains("AmazonCorrettoCryptoProvider"), directory));
  }

  private static void assertVerifies(Consumer consumer) throws Exception {
    Consumer.Output verified =
        consumer.run("document", "pins", HexFormat.of().formatHex(NONCE), "root");
    assertEquals(0, verified.status(), verified::toString);
    assertTrue(verified.out().startsWith("verified sim-i-"), verified::toString);
    Consumer.Output refused = consumer.run("document", "pins", "00", "root");
    assertEquals(1, refused.status(), refused::toString);
    assertTrue(refused.out().startsWith("refused NONCE_MISMATCH"), refused::toString);
  }
}
