package io.treza.eif;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A program that runs beside the application, built for this machine with something else in place of
 * what only an enclave has: once as it ships, confined, which takes root to start; and once under
 * sanitizers, which do not work confined.
 */
public final class ConfinedProgram implements AutoCloseable {
  private static final Path SOURCE = Path.of("src");

  private final boolean confined;
  private final List<String> sources;
  private Optional<Path> executable = Optional.empty();

  private ConfinedProgram(boolean confined, List<String> sources) {
    this.confined = confined;
    this.sources = sources;
  }

  /** Both builds of these sources, named below src; each is made when it is first needed. */
  public static Stream<ConfinedProgram> both(List<String> sources) {
    return Stream.of(confined(sources), underSanitizers(sources));
  }

  public static ConfinedProgram confined(List<String> sources) {
    return new ConfinedProgram(true, sources);
  }

  public static ConfinedProgram underSanitizers(List<String> sources) {
    return new ConfinedProgram(false, sources);
  }

  /** The program's file, or the running test is skipped. */
  public Path executable() throws IOException, InterruptedException {
    Requirement.require(onPath(compiler()), compiler() + " is not installed");
    Requirement.require(!confined || userId() == 0, "only root can start what confines itself");
    if (executable.isEmpty()) {
      executable = Optional.of(compile());
    }
    return executable.get();
  }

  public static int userId() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
  }

  private String compiler() {
    return confined ? "musl-gcc" : "gcc";
  }

  private Path compile() throws IOException, InterruptedException {
    Path result = Files.createTempDirectory("confined").resolve("program");
    List<String> command = new ArrayList<>(
        List.of(compiler(), "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"));
    command.addAll(
        confined
            ? List.of("-Os", "-static")
            : List.of("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
    command.addAll(List.of("-o", result.toString()));
    sources.forEach(source -> command.add(SOURCE.resolve(source).toString()));
    command.add(SOURCE
        .resolve(confined ? "main/c/confined/sandbox.c" : "test/c/no_sandbox.c")
        .toString());
    Process compiling = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(compiling.getInputStream().readAllBytes(), UTF_8);
    if (compiling.waitFor() != 0) {
      throw new IOException(output);
    }
    return result;
  }

  @Override
  public void close() throws IOException {
    if (executable.isPresent()) {
      Files.delete(executable.get());
      Files.delete(executable.get().getParent());
    }
  }

  @Override
  public String toString() {
    return confined ? "as it ships" : "under sanitizers";
  }
}
