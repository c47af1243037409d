package io.treza.samples.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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
    assertVerifies("--class-path", path(entry -> true), MAIN);
  }

  @Test
  void worksOnTheModulePath() throws Exception {
    assertVerifies(
        "--module-path", path(entry -> true), "--module", "io.treza.samples.quickstart/" + MAIN);
  }

  @Test
  void worksWithoutTheOptionalProvider() throws Exception {
    String without = path(entry -> !entry.contains("AmazonCorrettoCryptoProvider"));
    assertVerifies("--class-path", without, MAIN);
  }

  private void assertVerifies(String... launch) throws Exception {
    Output verified = run(launch, HexFormat.of().formatHex(NONCE));
    assertEquals(0, verified.status(), verified::toString);
    assertTrue(verified.out().startsWith("verified sim-i-"), verified::toString);
    Output refused = run(launch, "00");
    assertEquals(1, refused.status(), refused::toString);
    assertTrue(refused.out().startsWith("refused NONCE_MISMATCH"), refused::toString);
  }

  private record Output(int status, String out, String err) {}

  private Output run(String[] launch, String nonce) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(launch));
    for (String argument : List.of("document", "pins")) {
      command.add(directory.resolve(argument).toString());
    }
    command.add(nonce);
    command.add(directory.resolve("root").toString());
    // What JVM and libraries have to say goes to standard error; the answer stands alone.
    Path err = directory.resolve("err");
    Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), out, Files.readString(err));
  }

  /** This module and what it needs, taken from the test's own class path. */
  private static String path(Predicate<String> wanted) {
    Predicate<String> testOnly = entry -> entry.contains("junit")
        || entry.contains("testkit")
        || entry.contains("test-classes")
        || entry.contains("opentest4j")
        || entry.contains("apiguardian");
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(testOnly.negate())
        .filter(wanted)
        .collect(Collectors.joining(File.pathSeparator));
  }
}
