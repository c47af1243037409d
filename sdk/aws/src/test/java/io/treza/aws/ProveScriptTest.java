package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code samples/aws/prove} removes what it made however it ends, and says what it could not. */
@Timeout(120)
class ProveScriptTest {
  private static final String KEY = "arn:aws:kms:us-east-1:123456789012:key/key-1";

  @TempDir
  private Path directory;

  @BeforeEach
  void copyTheScriptAndItsPrograms() throws IOException {
    for (String program : List.of("jq", "setsid", "sha256sum")) {
      Requirement.require(Files.exists(Path.of("/usr/bin", program)), program + " is not here");
    }
    Path samples = Files.createDirectories(directory.resolve("samples/aws"));
    for (String file : List.of("prove", "instance-policy.json")) {
      Files.copy(Path.of("../../samples/aws", file), samples.resolve(file));
    }
    Path programs = Files.createDirectories(directory.resolve("bin"));
    Files.createDirectories(directory.resolve("made"));
    program("aws", programs);
    program("sleep", programs);
    program("treza", directory);
    program("kms-images", samples);
    Files.writeString(directory.resolve("image.tar"), "image");
    Files.writeString(Files.createDirectories(directory.resolve("blobs")).resolve("k"), "kernel");
  }

  private static void program(String name, Path directory) throws IOException {
    Path program = directory.resolve(name);
    try (InputStream in = ProveScriptTest.class.getResourceAsStream("prove/" + name)) {
      Files.write(program, Objects.requireNonNull(in, name).readAllBytes());
    }
    assertTrue(program.toFile().setExecutable(true));
  }

  /**
   * A process group of its own, as a terminal gives it, which an interruption goes to; and which takes
   * it, though whoever runs these tests in the background may have it ignored.
   */
  private int prove(String interrupted, String refused) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(
            "setsid",
            "env",
            "--default-signal=INT",
            "bash",
            directory.resolve("samples/aws/prove").toString(),
            directory.resolve("image.tar").toString(),
            directory.resolve("blobs").toString(),
            directory.resolve("transcript").toString())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("printed").toFile());
    builder.environment().clear();
    builder
        .environment()
        .putAll(Map.of(
            "PATH",
            directory.resolve("bin") + ":/usr/bin:/bin",
            "PLAYED",
            directory.toString(),
            "TMPDIR",
            directory.toString(),
            "AWS_REGION",
            "us-east-1",
            "INTERRUPTED",
            interrupted,
            "REFUSED",
            refused));
    Process process = builder.start();
    process.getOutputStream().close();
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the script hangs");
    return process.exitValue();
  }

  /** What was made and not removed. */
  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("made"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(directory.resolve("calls"));
  }

  private String transcript() throws IOException {
    return Files.readString(directory.resolve("transcript"));
  }

  @Test
  void removesEverythingWhenItIsInterruptedAlsoWhatTheServerStartsLast() throws Exception {
    assertEquals(130, prove("docker-archive:image.tar", "nothing"), transcript());
    assertTrue(calls().contains("ec2 terminate-instances --instance-ids i-1"), transcript());
    assertEquals(List.of(), left());
    assertTrue(
        calls().get(calls().size() - 1).startsWith("iam delete-role --role-name prove"),
        transcript());
  }

  @Test
  void removesTheKeyTooWhenItIsInterruptedAfterThat() throws Exception {
    assertEquals(130, prove("oci:other", "nothing"), transcript());
    assertTrue(
        calls()
            .contains("kms schedule-key-deletion --key-id " + KEY + " --pending-window-in-days 7"),
        transcript());
    assertEquals(List.of(), left());
  }

  /** When it was made, and its answer is lost. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "role",
        "attached",
        "policy",
        "profile",
        "member",
        "bucket",
        "group",
        "server",
        "key"
      })
  void leavesNothingWhenItIsInterruptedRightAfterItMadeSomething(String made) throws Exception {
    assertEquals(130, prove(made, "nothing"), transcript());
    assertEquals(List.of(), left(), transcript());
  }

  @ParameterizedTest
  @ValueSource(strings = {"group", "key"})
  void findsByItsTagWhatIsListedLate(String made) throws Exception {
    Files.writeString(directory.resolve("late"), "");
    assertEquals(130, prove(made, "nothing"), transcript());
    assertEquals(List.of(), left(), transcript());
    assertFalse(Files.exists(directory.resolve("late")), "it was not listed at first");
  }

  @ParameterizedTest
  @CsvSource({
    "ec2 create-security-group, a security group tagged treza:deployment=prove",
    "kms create-key, a KMS key tagged treza:deployment=prove",
  })
  void saysWhatToLookForIfWhatItAskedForIsNotFound(String refused, String says) throws Exception {
    assertEquals(254, prove("nothing", refused), transcript());
    assertTrue(transcript().contains("LEFT, unless it was never made: " + says), transcript());
    assertEquals(List.of(), left());
  }

  @Test
  void givesTheKeyThePolicyThatTrezaMade() throws Exception {
    assertEquals(0, prove("nothing", "nothing"), transcript());
    assertEquals("{\"Statement\": []}\n", Files.readString(directory.resolve("key-policy")));
    assertTrue(transcript().contains("opened 11 characters"), transcript());
    assertTrue(transcript().contains("refused, as it must be: DENIED"), transcript());
    assertTrue(calls().stream().anyMatch(call -> call.startsWith("kms decrypt --key-id " + KEY)));
  }

  @Test
  void failsIfTheOtherImageIsLetIn() throws Exception {
    Files.writeString(directory.resolve("lenient"), "");
    assertEquals(1, prove("nothing", "nothing"), transcript());
    assertTrue(transcript().contains("was not refused: opened"), transcript());
    assertTrue(calls().stream().anyMatch(call -> call.startsWith("iam delete-role ")));
  }

  @Test
  void endsWellWhenAllIsProvedAndRemoved() throws Exception {
    assertEquals(0, prove("nothing", "nothing"), transcript());
    assertTrue(transcript().contains("== "), transcript());
    assertFalse(transcript().contains("LEFT"), transcript());
    assertEquals(List.of(), left());
  }

  @Test
  void failsAndSaysSoIfSomethingCouldNotBeRemoved() throws Exception {
    assertEquals(1, prove("nothing", "s3 rb"), transcript());
    assertTrue(transcript().contains("never made: aws s3 rb --force s3://treza-prove"));
    assertTrue(calls().stream().anyMatch(call -> call.startsWith("iam delete-role ")));
  }
}
