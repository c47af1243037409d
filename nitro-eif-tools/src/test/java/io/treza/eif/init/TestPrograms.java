package io.treza.eif.init;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Programs in C that the tests of init use, compiled when they are needed. */
final class TestPrograms {
  private static final List<String> WARNINGS =
      List.of("-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror");

  private TestPrograms() {}

  /** A static application for an enclave. */
  static byte[] report(Path directory) throws IOException, InterruptedException {
    return Files.readAllBytes(compile(
        "musl-gcc", directory.resolve("report"), List.of("-static"), "src/test/c/report.c"));
  }

  /** The reader of the file process, under sanitizers. */
  static Path processEcho(Path directory) throws IOException, InterruptedException {
    return compile(
        "gcc",
        directory.resolve("process_echo"),
        List.of("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
        "src/test/c/process_echo.c",
        "src/main/c/init/process.c");
  }

  private static Path compile(String compiler, Path target, List<String> options, String... sources)
      throws IOException, InterruptedException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(d -> Files.isExecutable(Path.of(d, compiler))),
        compiler + " is not installed");
    List<String> command = new ArrayList<>(List.of(compiler, "-o", target.toString()));
    command.addAll(WARNINGS);
    command.addAll(options);
    command.addAll(List.of(sources));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(output);
    }
    return target;
  }
}
