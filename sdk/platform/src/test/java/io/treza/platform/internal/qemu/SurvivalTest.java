package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.EnclaveListener;
import io.treza.platform.QemuBackend;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nothing of an enclave outlives the server, not even one that is killed. */
@Timeout(300)
class SurvivalTest {
  @TempDir
  private Path directory;

  /** A server that is to be killed. */
  static final class Server {
    private Server() {}

    public static void main(String[] arguments) throws Exception {
      Emulation emulation = Emulation.in(Path.of(arguments[0]));
      emulation.backend().build().launch(emulation.request("waits"), EnclaveListener.NONE);
      System.out.println("ready");
      new CountDownLatch(1).await();
    }
  }

  @Test
  void emulatorAndDaemonEndWithAKilledServer() throws Exception {
    Emulation emulation = Emulation.in(directory);
    new TestImage()
        .file("waits", 0755, emulation.program("waits"))
        .entrypoint("/waits")
        .write(emulation.images().resolve("waits"));
    Process server = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // So that the paths of all sockets tell whose they are.
            "-Djava.io.tmpdir=" + directory,
            "-cp",
            classPath(),
            Server.class.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (BufferedReader output = new BufferedReader(
        new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
      assertEquals("ready", output.readLine());
      String programs = String.join("\n", running(server));
      assertTrue(programs.contains("qemu-system-x86_64\0"), programs);
      assertTrue(programs.contains("vhost-device-vsock\0"), programs);
    } finally {
      server.destroyForcibly(); // SIGKILL
    }
    server.waitFor();
    while (!running(server).isEmpty()) {
      Thread.sleep(10);
    }
    Path left = directory.resolve("work/enc_waits.eif");
    assertTrue(Files.exists(left));
    QemuBackend next = emulation.backend().build();
    assertEquals(
        Optional.empty(), next.reattach(emulation.request("waits"), EnclaveListener.NONE));
    next.remove(emulation.request("waits"));
    assertFalse(Files.exists(left));
  }

  /** This JVM's, or where a runner has loaded the tests from. */
  private static String classPath() {
    return SurvivalTest.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }

  /** Command lines of the processes, other than the server, that have to do with this test. */
  private List<String> running(Process server) throws IOException {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(process -> process.getFileName().toString().matches("[0-9]+"))
          .filter(process -> !process.endsWith(Long.toString(server.pid())))
          .map(process -> commandLine(process))
          .filter(line -> line.contains(directory.toString()))
          .toList();
    }
  }

  private static String commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }
}
