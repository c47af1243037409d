package io.treza.platform.internal.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that does not outlive this one, however this one ends.
 *
 * <p>A shell starts it and reads a pipe whose only writer is this JVM: signals to send to it. When
 * the JVM is gone, killed or not, the kernel closes the pipe, and the shell kills the process. Both
 * are in a session of their own: what a terminal sends to the JVM's group does not reach them.
 */
final class Supervised implements AutoCloseable {
  // In a shell without job control a background process reads nothing, unless told what.
  private static final String SCRIPT = """
      exec 3<&0
      "$@" </dev/null 3<&- &
      child=$!
      (while read -r signal; do kill -"$signal" $child; done; kill -KILL $child) <&3 3<&- >/dev/null 2>&1 &
      reader=$!
      exec 3<&-
      wait $child
      status=$?
      kill -KILL $reader
      exit $status
      """;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Process shell;

  private Supervised(Process shell) {
    this.shell = shell;
  }

  /**
   * Starts a process; both its outputs are {@link #output}. Of this process's environment it gets
   * the search path alone: a server's secrets are none of its business.
   *
   * @param temporary where it may keep temporary files
   */
  static Supervised start(List<String> command, Path temporary) throws IOException {
    List<String> line = new ArrayList<>(List.of("setsid", "sh", "-c", SCRIPT, "supervise"));
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().keySet().retainAll(List.of("PATH"));
    builder.environment().put("TMPDIR", temporary.toString());
    return new Supervised(builder.start());
  }

  /** Its standard output and error. */
  InputStream output() {
    return shell.getInputStream();
  }

  /** Stops it where it is. */
  void pause() throws IOException {
    signal("STOP");
  }

  /** Lets it go on. */
  void resume() throws IOException {
    signal("CONT");
  }

  private void signal(String name) throws IOException {
    OutputStream pipe = shell.getOutputStream();
    pipe.write((name + "\n").getBytes(StandardCharsets.US_ASCII));
    pipe.flush();
  }

  boolean isAlive() {
    return shell.isAlive();
  }

  /** Kills it, if it runs, and waits until it is gone. */
  @Override
  public void close() {
    try {
      shell.getOutputStream().close();
    } catch (IOException e) {
      // The shell has ended before.
    }
    boolean interrupted = false;
    try {
      if (shell.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    // A shell that was stopped, or a wait that was cut short.
    shell.descendants().forEach(ProcessHandle::destroyForcibly);
    shell.destroyForcibly();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
