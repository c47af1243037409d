package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.RunningEnclave;
import java.nio.file.Path;
import java.util.List;
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
    TestImage image = JavaImage.of(directory, "Hello", PROGRAM, List.of())
        .directory("etc", 0755, 0)
        .file("etc/passwd", 0644, "java:x:1000:1000::/:\n");
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
}
