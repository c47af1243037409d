package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.InitOptions;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to fail ends, with a message that says why, and leaves nothing running. */
@Timeout(180)
class FailuresTest {
  /** Whether the enclave fails before its application starts, or later. */
  private enum When {
    NOT_LAUNCHED,
    ENDED
  }

  /**
   * One way to fail.
   *
   * @param message part of what the API shows
   * @param image makes the failing image of one that has /ends, a program, in it
   */
  private record Failure(String name, When when, String message, UnaryOperator<TestImage> image) {
    @Override
    public String toString() {
      return name;
    }
  }

  @TempDir
  private Path directory;

  static Stream<Failure> failures() {
    String sixteen = "#".repeat(16);
    return Stream.of(
        launch("no such command", "absent: not found in PATH", i -> i.entrypoint("absent")),
        launch("no such file", "/absent: No such file", i -> i.entrypoint("/absent")),
        launch(
            "not executable",
            "/a: nobody may run it (mode 0644)",
            i -> i.file("a", 0644, sixteen).entrypoint("/a")),
        launch(
            "not executable for this user",
            "/a: user 1000 may not run it (mode 0700",
            i -> i.file("a", 0700, sixteen).entrypoint("/a").user("1000")),
        launch(
            "for another architecture",
            "/a: is for aarch64",
            i -> i.file("a", 0755, elf(183)).entrypoint("/a")),
        launch(
            "without its loader",
            "/java: its loader /lib64/ld-linux-x86-64.so.2: No such file",
            i -> i.file("java", 0755, Path.of(System.getProperty("java.home"), "bin", "java"))
                .entrypoint("/java")),
        launch(
            "without its interpreter",
            "/a: its interpreter /bin/sh: No such file",
            i -> i.file("a", 0755, "#!/bin/sh\nexit 0\n").entrypoint("/a")),
        launch(
            "no program",
            "/a: is neither an ELF program nor a script",
            i -> i.file("a", 0755, sixteen).entrypoint("/a")),
        launch("a directory", "/etc: is a directory", i -> i.entrypoint("/etc")),
        launch("an unknown user", "nobody-here", i -> i.user("nobody-here").entrypoint("/ends")),
        launch(
            "a working directory that is a file",
            "working directory: /ends: Not a directory",
            i -> i.workdir("/ends").entrypoint("/ends")),
        launch(
            "the agent's own user",
            "agent",
            i -> i.user("4294967000").entrypoint("/ends")),
        later("ends with a status", "application exited with status 3", "3"),
        later("ends well", "application exited with status 0", "0"),
        later("forks and ends", "application exited with status 4", "fork"),
        later("crashes", "application killed by signal 6", "crash"),
        later("fills the memory", "application killed by signal 9", "memory"));
  }

  private static Failure launch(String name, String message, UnaryOperator<TestImage> image) {
    return new Failure(name, When.NOT_LAUNCHED, message, image);
  }

  private static Failure later(String name, String message, String argument) {
    return new Failure(name, When.ENDED, message, i -> i.entrypoint("/ends", argument));
  }

  /** The head of a program for a machine (System V gABI, e_machine). */
  private static byte[] elf(int machine) {
    byte[] head = new byte[120];
    byte[] start = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    System.arraycopy(start, 0, head, 0, start.length);
    head[16] = 2;
    head[18] = (byte) machine;
    head[20] = 1;
    head[52] = 64;
    return head;
  }

  private TestImage image(Emulation emulation) throws Exception {
    return new TestImage()
        .directory("etc", 0755, 0)
        .file("etc/passwd", 0644, "root:x:0:0::/:\n")
        .file("ends", 0755, emulation.program("ends"));
  }

  /** A backend with no time to lose: a failure that hangs must not pass for one that ends. */
  private static QemuBackend backend(Emulation emulation, UnaryOperator<QemuBackend.Builder> change)
      throws IOException {
    return change.apply(emulation.backend().bootTimeout(Duration.ofSeconds(90))).build();
  }

  private static String launchFails(
      QemuBackend backend, LaunchRequest request, EnclaveListener listener) {
    return String.valueOf(
        assertThrows(IOException.class, () -> backend.launch(request, listener)).getMessage());
  }

  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(directory.resolve("work"))) {
      assertEquals(
          List.of(), left.filter(file -> file.toString().endsWith(".eif")).toList());
    }
    assertEquals(Optional.empty(), Processes.naming(directory).stream().findAny());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void endsWithItsMessage(Failure failure) throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend backend = backend(emulation, b -> b);
    LaunchRequest request = emulation.request("fails", failure.image().apply(image(emulation)));
    Emulation.Heard heard = new Emulation.Heard();
    String message;
    if (failure.when() == When.NOT_LAUNCHED) {
      message = launchFails(backend, request, heard);
      assertFalse(heard.hasEnded(), "what never ran does not end");
    } else {
      message = launchOrEnd(backend, request, heard);
    }
    assertTrue(message.contains(failure.message()), () -> message + "\n" + heard);
    assertNothingIsLeft();
  }

  /** An application may end before or after the launch has seen it start. */
  private static String launchOrEnd(
      QemuBackend backend, LaunchRequest request, Emulation.Heard heard) throws Exception {
    try {
      backend.launch(request, heard);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
    return heard.end();
  }
}
