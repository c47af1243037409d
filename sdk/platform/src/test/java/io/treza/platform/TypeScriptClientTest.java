package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The original client, {@code @treza/sdk} 1.3.0 as npm has it, drives the platform unchanged:
 * {@code src/test/node/drive.mjs} calls every method it has and holds what it gets against its type
 * file.
 */
@Timeout(300)
class TypeScriptClientTest {
  private static final Path SOURCES = Path.of("src/test/node");
  private static final Path DIRECTORY = Path.of("target/typescript-client");
  private static final String LOCK = "package-lock.json";

  @Test
  void theOriginalClientRunsUnchanged() throws Exception {
    for (String program : List.of("node", "npm")) {
      Requirement.require(installed(program), program + " is not installed");
    }
    install();
    FakeBackend backend = new FakeBackend();
    backend.launches.release();
    String wallet = Wire.WALLET;
    try (TrezaPlatform platform = TrezaPlatform.builder(backend).start()) {
      Run run = run(
          "node",
          "drive.mjs",
          platform.baseUrl().toString(),
          platform.newKey("TypeScript", wallet),
          wallet);
      assertEquals(0, run.status(), run.log());
      assertTrue(run.log().endsWith("\nall 34 methods\n"), run.log());
    }
    assertEquals(List.of("launch", "pause", "resume", "pause", "terminate"), backend.orders);
  }

  /** With the versions and checksums of the lock file, once for each of its versions. */
  private static void install() throws IOException, InterruptedException {
    Files.createDirectories(DIRECTORY);
    Path installed = DIRECTORY.resolve("installed.json");
    for (String name : List.of("package.json", LOCK, "types.mjs", "drive.mjs")) {
      Files.copy(
          SOURCES.resolve(name), DIRECTORY.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.exists(installed) || Files.mismatch(installed, DIRECTORY.resolve(LOCK)) != -1) {
      Run npm = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
      Requirement.require(npm.status() == 0, "npm could not install the client: " + npm.log());
      Files.copy(DIRECTORY.resolve(LOCK), installed, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static boolean installed(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private record Run(int status, String log) {}

  private static Run run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command)
        .directory(DIRECTORY.toFile())
        .redirectErrorStream(true)
        .start();
    process.getOutputStream().close();
    String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), log);
  }
}
