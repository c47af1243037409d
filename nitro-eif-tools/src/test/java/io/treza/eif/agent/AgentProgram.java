package io.treza.eif.agent;

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
 * The agent, built for this machine with a fake NSM and a Unix socket in place of vsock: once as it
 * ships, confined, which takes root to start; and once under sanitizers, which do not work confined.
 */
final class AgentProgram implements AutoCloseable {
  private static final Path MAIN = Path.of("src/main/c");
  private static final Path TEST = Path.of("src/test/c");

  private final boolean confined;
  private Optional<Path> executable = Optional.empty();

  private AgentProgram(boolean confined) {
    this.confined = confined;
  }

  /** Both builds; each is made when it is first needed. */
  static Stream<AgentProgram> all() {
    return Stream.of(confined(), underSanitizers());
  }

  static AgentProgram confined() {
    return new AgentProgram(true);
  }

  static AgentProgram underSanitizers() {
    return new AgentProgram(false);
  }

  /** The program's file, or the running test is skipped. */
  Path executable() throws IOException, InterruptedException {
    Requirement.require(onPath(compiler()), compiler() + " is not installed");
    Requirement.require(!confined || userId() == 0, "only root can start the confined agent");
    if (executable.isEmpty()) {
      executable = Optional.of(compile());
    }
    return executable.get();
  }

  static int userId() throws IOException {
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
    Path result = Files.createTempDirectory("agent").resolve("agent");
    List<String> command = new ArrayList<>(
        List.of(compiler(), "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"));
    command.addAll(
        confined
            ? List.of("-Os", "-static")
            : List.of("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
    command.addAll(List.of("-o", result.toString()));
    for (String source : List.of(
        "nsm.c",
        "confined/program.c",
        "agent/confinement.c",
        "agent/main.c",
        "agent/server.c",
        "agent/frame.c",
        "agent/listen_local.c")) {
      command.add(MAIN.resolve(source).toString());
    }
    command.add(
        (confined ? MAIN.resolve("confined/sandbox.c") : TEST.resolve("no_sandbox.c")).toString());
    command.add(TEST.resolve("fake_nsm.c").toString());
    command.add(TEST.resolve("listen_here.c").toString());
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
