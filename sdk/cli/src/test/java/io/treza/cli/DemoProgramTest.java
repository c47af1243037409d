package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoProgramTest {
  @TempDir
  Path directory;

  @Test
  void isAProgramThatLinuxRuns() throws Exception {
    Requirement.require(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "Linux on x86-64 is not here");
    Path program =
        Files.write(directory.resolve("service"), DemoProgram.elf("service: started, café"));
    assertTrue(program.toFile().setExecutable(true));
    Process process = new ProcessBuilder(program.toString()).start();
    try (BufferedReader output = new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertEquals("service: started, café", output.readLine());
      assertTrue(process.isAlive(), "it waits after its line");
    } finally {
      process.destroyForcibly();
    }
  }
}
