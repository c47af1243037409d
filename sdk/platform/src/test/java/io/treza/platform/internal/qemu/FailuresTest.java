package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.InitOptions;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.QemuInstallation;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  private void assertNothingIsLeft() throws Exception {
    while (programs().findAny().isPresent()) {
      Thread.sleep(10);
    }
    try (Stream<Path> left = Files.list(directory.resolve("work"))) {
      assertEquals(
          List.of(), left.filter(file -> file.toString().endsWith(".eif")).toList());
    }
  }

  /** What runs for enclaves: daemons, emulators, and the shells that watch them. */
  private static Stream<ProcessHandle> programs() {
    return ProcessHandle.current().descendants();
  }

  private static void kill(String name) {
    programs()
        .filter(process -> process.info().command().orElse("").endsWith("/" + name))
        .forEach(ProcessHandle::destroyForcibly);
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

  private String bootFails(
      Emulation emulation, int memoryMiB, UnaryOperator<QemuBackend.Builder> change)
      throws Exception {
    emulation.request("boots", image(emulation).entrypoint("/ends", "0"));
    String message = launchFails(
        backend(emulation, change),
        new LaunchRequest("enc_boots", "oci:boots", "eu-west-1", 1, memoryMiB, false),
        EnclaveListener.NONE);
    assertNothingIsLeft();
    return message;
  }

  /** A copy of the kernel's directory that one may break. */
  private Path kernel(Emulation emulation) throws IOException {
    Path original = emulation.installation().kernel().orElseThrow();
    Path copy = directory.resolve("kernel");
    try (Stream<Path> files = Files.walk(original)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(original.relativize(file)));
      }
    }
    return copy;
  }

  @Test
  void aModuleOfAnotherKernel() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Path kernel = kernel(emulation);
    Files.writeString(kernel.resolve("modules/nsm.ko"), "no module");
    String message = bootFails(emulation, Emulation.MEMORY_MIB, b -> b.kernel(kernel));
    assertTrue(message.contains("modules: /nsm.ko: is for another kernel or no module"), message);
  }

  @Test
  void aModuleThatIsMissing() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Path kernel = kernel(emulation);
    Files.delete(kernel.resolve("modules/nsm.ko"));
    String message = String.valueOf(assertThrows(
            IOException.class, () -> backend(emulation, b -> b.kernel(kernel)))
        .getMessage());
    assertTrue(message.contains("nsm.ko: missing"), message);
  }

  @Test
  void aKernelThatFindsNoDevices() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Path kernel = kernel(emulation);
    Files.delete(kernel.resolve("machine"));
    String message = bootFails(emulation, Emulation.MEMORY_MIB, b -> b.kernel(kernel));
    assertTrue(message.contains("treza-init: FAILED: agent: ended before it answered"), message);
  }

  @Test
  void noPeerForTheHeartbeat() throws Exception {
    String message = bootFails(
        Emulation.in(directory), Emulation.MEMORY_MIB, b -> b.initOptions(InitOptions.defaults()));
    assertTrue(message.contains("treza-init: FAILED: heartbeat: vsock 3:9000: "), message);
  }

  @Test
  void anImageThatDoesNotFitIntoMemory() throws Exception {
    Emulation emulation = Emulation.in(directory);
    byte[] large = new byte[120 << 20];
    new Random(1).nextBytes(large);
    TestImage image = image(emulation).file("large", 0644, large).entrypoint("/ends", "0");
    emulation.request("large", image);
    String message = launchFails(
        backend(emulation, b -> b),
        new LaunchRequest("enc_large", "oci:large", "eu-west-1", 1, 192, false),
        EnclaveListener.NONE);
    assertTrue(message.endsWith("is there enough memory for the image?"), message);
    assertNothingIsLeft();
  }

  @Test
  void aBootThatTakesTooLong() throws Exception {
    String message = bootFails(
        Emulation.in(directory), Emulation.MEMORY_MIB, b -> b.bootTimeout(Duration.ofMillis(100)));
    assertTrue(message.contains("did not start"), message);
  }

  @Test
  void aDaemonThatDoesNotStart() throws Exception {
    Emulation emulation = Emulation.in(directory);
    emulation.request("boots", image(emulation).entrypoint("/ends", "0"));
    QemuInstallation whole = emulation.installation();
    QemuBackend backend = QemuBackend.builder(new QemuInstallation(
            whole.emulator(), Path.of("/bin/false"), whole.firmware(), whole.kernel()))
        .imagesDirectory(emulation.images())
        .workDirectory(directory.resolve("work"))
        .build();
    String message = launchFails(backend, emulation.request("boots"), EnclaveListener.NONE);
    assertTrue(message.contains("vhost-device-vsock did not start"), message);
    assertNothingIsLeft();
  }

  @Test
  void whatAKilledServerHasLeftIsRemovedByTheNext() throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend backend = emulation.backend().build();
    Files.writeString(directory.resolve("work/enc_waits.eif"), "an image");
    backend.remove(emulation.request("waits"));
    assertNothingIsLeft();
  }

  private QemuEnclave waiting(Emulation emulation, Emulation.Heard heard) throws Exception {
    TestImage image =
        new TestImage().file("waits", 0755, emulation.program("waits")).entrypoint("/waits");
    return (QemuEnclave)
        backend(emulation, b -> b).launch(emulation.request("waits", image), heard);
  }

  @Test
  void emulatorAndDaemonThatAreKilled() throws Exception {
    Emulation emulation = Emulation.in(directory);
    for (String program : List.of("qemu-system-x86_64", "vhost-device-vsock")) {
      Emulation.Heard heard = new Emulation.Heard();
      QemuEnclave enclave = waiting(emulation, heard);
      kill(program);
      String reason = heard.end();
      assertTrue(reason.startsWith("the enclave ended: "), reason);
      assertEquals(
          reason,
          assertThrows(IOException.class, () -> enclave.evidence(new byte[] {1}))
              .getMessage());
      assertNothingIsLeft();
      enclave.terminate();
    }
  }

  @Test
  void anAgentThatIsFloodedAndFedWithHalves() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Emulation.Heard heard = new Emulation.Heard();
    QemuEnclave enclave = waiting(emulation, heard);
    List<SocketChannel> held = new ArrayList<>();
    try {
      ByteBuffer half = ByteBuffer.wrap("TZA1".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 40; i++) {
        SocketChannel channel =
            VsockUds.connect(enclave.vsock(), AgentClient.PORT, Duration.ofSeconds(20));
        held.add(channel);
        channel.write(half.duplicate());
      }
      for (int i = 0; i < 40; i++) {
        assertTrue(enclave.evidence(new byte[] {(byte) i}).length > 1000);
      }
      assertFalse(heard.hasEnded());
    } finally {
      for (SocketChannel channel : held) {
        channel.close();
      }
      enclave.terminate();
    }
    assertNothingIsLeft();
  }
}
