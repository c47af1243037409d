package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.Architecture;
import io.treza.eif.ParentProgram;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@link ParentProgram} as a child of this process, for Java has no AF_VSOCK.
 *
 * <p>Its standard input is a pipe whose only writer is this JVM, and it ends when that does: when the
 * JVM is gone, killed or not, the kernel closes the pipe.
 */
final class ParentProcess implements Closeable {
  private static final String FAILED = "treza-parent: FAILED: ";

  private final Process process;
  private final List<String> addresses;

  private ParentProcess(Process process, List<String> addresses) {
    this.process = process;
    this.addresses = addresses;
  }

  /**
   * Starts it, and waits until it listens.
   *
   * @throws IOException if it does not; the message says why
   */
  static ParentProcess start(List<String> arguments) throws IOException {
    Process process = execute(arguments);
    List<String> addresses;
    try (BufferedReader out = process.inputReader(UTF_8)) {
      addresses = out.lines().toList(); // it closes its output once it listens, and if it fails
    }
    // What is wrong it says before.
    if (process.getErrorStream().available() > 0) {
      throw new IOException(lastWords(process));
    }
    return new ParentProcess(process, addresses);
  }

  private static Process execute(List<String> arguments) throws IOException {
    ParentProgram program = bundled();
    Path file = Files.createTempFile(
        "treza-parent-",
        "",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      try (InputStream bytes = program.program().open();
          OutputStream out = Files.newOutputStream(file)) {
        bytes.transferTo(out);
      }
      List<String> command = new ArrayList<>(List.of(file.toString(), "--until-input"));
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().clear();
      return builder.start();
    } catch (IOException e) {
      throw new IOException(
          "a program cannot be run from " + file.getParent()
              + "; set java.io.tmpdir to a directory where it can: " + e.getMessage(),
          e);
    } finally {
      Files.delete(file); // what runs, the kernel keeps
    }
  }

  private static ParentProgram bundled() throws IOException {
    String system = System.getProperty("os.name");
    String processor = System.getProperty("os.arch"); // as container images name it
    if (!system.equals("Linux")) {
      throw new IOException("--cid takes AF_VSOCK, which is Linux's, and this is " + system);
    }
    return Architecture.ofImageName(processor.equals("aarch64") ? "arm64" : processor)
        .flatMap(ParentProgram::bundled)
        .orElseThrow(() -> new IOException("this build has no program for --cid on " + processor
            + ": its C compiler was not there; install musl-tools and build again"));
  }

  /** Its one line, once it has ended. */
  private static String lastWords(Process process) throws IOException {
    String words = new String(process.getErrorStream().readAllBytes(), UTF_8).strip();
    return words.startsWith(FAILED) ? words.substring(FAILED.length()) : words;
  }

  /** Its lines: {@code ADDRESS:PORT=N} for each port that is forwarded. */
  List<String> addresses() {
    return addresses;
  }

  /**
   * Waits until it ends.
   *
   * @throws IOException if it fails
   */
  void await() throws IOException, InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException(
          "the program that does it ended with status " + status + ": " + lastWords(process));
    }
  }

  /** Ends it, if it runs. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
