package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Java program is the application, on the runtime image of the JDK that runs the tests. */
@Timeout(600)
class JavaTest {
  private static final String PROGRAM = """
      public class Hello {
        public static void main(String[] arguments) throws Exception {
          System.out.println("java: " + Runtime.version().feature() + " as "
              + System.getProperty("user.name") + ", " + String.join(" ", arguments));
          Thread.sleep(Long.MAX_VALUE);
        }
      }
      """;

  @TempDir
  private Path directory;

  @Test
  void bootsAndRuns() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Path runtime = directory.resolve("runtime");
    run("jlink", "--add-modules", "java.base", "--strip-debug", "--output", runtime.toString());
    Path source = Files.writeString(directory.resolve("Hello.java"), PROGRAM);
    run("javac", "-d", directory.toString(), source.toString());
    TestImage image = new TestImage()
        .directory("etc", 0755, 0)
        .file("etc/passwd", 0644, "java:x:1000:1000::/:\n")
        .file("app/Hello.class", 0644, directory.resolve("Hello.class"));
    for (Path file : files(runtime)) {
      int mode = Files.isExecutable(file) ? 0755 : 0644;
      image.file("java/" + runtime.relativize(file), mode, file);
    }
    for (Path library : libraries(runtime.resolve("bin/java"), runtime.resolve("lib"))) {
      image.file(library.toString().substring(1), 0755, library);
    }
    image
        .user("java")
        .entrypoint("/java/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m")
        .cmd("-cp", "/app", "Hello", "two words");
    image.write(emulation.images().resolve("java"));
    QemuBackend backend = emulation.backend().build();
    Emulation.Heard heard = new Emulation.Heard();
    RunningEnclave enclave = backend.launch(
        new LaunchRequest("enc_java", "oci:java", "eu-west-1", 2, 1024, false), heard);
    try {
      heard.await("APPLICATION java: " + Runtime.version().feature() + " as java, two words");
      assertTrue(enclave.evidence(new byte[] {1}).length > 1000);
    } finally {
      enclave.terminate();
    }
  }

  private static void run(String tool, String... arguments) {
    ToolProvider provider = ToolProvider.findFirst(tool).orElseThrow();
    assertEquals(0, provider.run(System.out, System.err, arguments));
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** What the dynamic linker loads for a program and a directory of libraries, and itself. */
  private static List<Path> libraries(Path program, Path directory) throws Exception {
    ProcessBuilder ldd = new ProcessBuilder("ldd", program.toString());
    try (Stream<Path> own = Files.walk(directory)) {
      own.filter(file -> file.toString().endsWith(".so"))
          .forEach(file -> ldd.command().add(file.toString()));
    }
    Process process = ldd.redirectErrorStream(true).start();
    String found = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Requirement.require(process.waitFor() == 0, "ldd finds no libraries: " + found);
    return found
        .lines()
        .flatMap(line -> Stream.of(line.strip().split(" ")))
        .filter(word -> word.startsWith("/") && !word.endsWith(":"))
        .filter(word -> !word.startsWith(directory.getParent().toString()))
        .distinct()
        .map(Path::of)
        .toList();
  }
}
