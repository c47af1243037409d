package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reference values pushed to and pulled from the image that they are about. */
class PcrsRegistryCommandTest {
  @TempDir
  Path dir;

  private MemoryRegistry registry;
  private String image;
  private TestPublisher publisher;
  private Path pulled;

  @BeforeEach
  void start() throws IOException {
    registry = new MemoryRegistry();
    image = registry.name() + "/app@" + registry.image("{\"schemaVersion\":2}");
    publisher = new TestPublisher(dir.resolve("values.json"), image);
    pulled = dir.resolve("pulled.json");
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private CommandLineRun pull(String... more) {
    return CommandLineRun.of(TestPublisher.words(
        "pcrs", "pull", image, "-o", pulled.toString(), "--application", "payments", more));
  }

  @Test
  void whatWasPushedIsPulledAndVerified() throws IOException {
    Path signed = publisher.publish("v1", '1');
    CommandLineRun push = CommandLineRun.of("pcrs", "push", image, signed.toString());
    assertEquals(0, push.status(), push.err());
    assertTrue(push.out().matches("sha256:[0-9a-f]{64}\\R"), push.out());
    CommandLineRun pull = pull("--trusted-key", publisher.publicKey());
    assertEquals(0, pull.status(), pull.err() + pull.out());
    assertTrue(pull.out().startsWith("VERIFIED  " + image), pull.out());
    assertArrayEquals(Files.readAllBytes(signed), Files.readAllBytes(pulled));
  }

  @Test
  void theNewestIsPulled() throws IOException {
    CommandLineRun.of("pcrs", "push", image, publisher.publish("v1", '1').toString());
    Path second = publisher.publish("v2", '2');
    CommandLineRun.of("pcrs", "push", image, second.toString());
    assertEquals(0, pull("--trusted-key", publisher.publicKey()).status());
    assertArrayEquals(Files.readAllBytes(second), Files.readAllBytes(pulled));
  }

  @Test
  void nothingIsWrittenThatNobodyTrustedSigned() throws IOException {
    CommandLineRun.of("pcrs", "push", image, publisher.publish("v1", '1').toString());
    TestPublisher stranger = new TestPublisher(dir.resolve("stranger.json"), image);
    CommandLineRun run = pull("--trusted-key", stranger.publicKey());
    assertEquals(1, run.status(), run.err());
    assertTrue(run.out().contains("reason  SIGNATURE"), run.out());
    assertFalse(Files.exists(pulled));
    CommandLineRun nobody = pull();
    assertEquals(2, nobody.status());
    assertTrue(nobody.err().contains("--trusted-key"), nobody.err());
    assertFalse(Files.exists(pulled));
  }

  @Test
  void unverifiedTakesASingleFileAndSaysSo() throws IOException {
    Path first = publisher.publish("v1", '1');
    CommandLineRun.of("pcrs", "push", image, first.toString());
    CommandLineRun run = pull("--unverified");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("NOT VERIFIED"), run.out());
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(pulled));
    CommandLineRun.of("pcrs", "push", image, publisher.publish("v2", '2').toString());
    CommandLineRun two = pull("--unverified");
    assertEquals(2, two.status());
    assertTrue(two.err().contains("has 2 signed files"), two.err());
  }

  @Test
  void whatIsNotSignedOrOfAnotherImageIsNotPushed() throws IOException {
    Path signed = publisher.publish("v1", '1');
    CommandLineRun unsigned =
        CommandLineRun.of("pcrs", "push", image, dir.resolve("values.json").toString());
    assertEquals(2, unsigned.status());
    assertTrue(unsigned.err().contains("is not signed"), unsigned.err());
    String other = registry.name() + "/app@" + registry.image("{\"schemaVersion\":2,\"a\":1}");
    CommandLineRun wrong = CommandLineRun.of("pcrs", "push", other, signed.toString());
    assertEquals(2, wrong.status());
    assertTrue(wrong.err().contains("no release with the image"), wrong.err());
    CommandLineRun tag =
        CommandLineRun.of("pcrs", "push", registry.name() + "/app:1", signed.toString());
    assertEquals(2, tag.status());
    assertTrue(tag.err().contains("by its digest"), tag.err());
  }
}
