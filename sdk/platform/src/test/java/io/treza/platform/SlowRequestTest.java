package io.treza.platform;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A request that does not arrive in time loses its connection, wherever it stops. In a process of
 * its own, because the JDK's server reads this limit once.
 */
@Timeout(60)
class SlowRequestTest {
  /** Waits until the server closes the connection; says so. */
  public static void main(String[] begun) throws IOException {
    Limits limits = Limits.builder().slowestRequest(Duration.ofSeconds(1)).build();
    try (TrezaPlatform platform =
            TrezaPlatform.builder(new FakeBackend()).limits(limits).start();
        Socket socket =
            new Socket(InetAddress.getLoopbackAddress(), platform.baseUrl().getPort())) {
      String request = begun[0].replace("%", "\r\n").replace("KEY", platform.newKey("test", "0x1"));
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      System.out.print("read " + socket.getInputStream().read());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /api/ta",
        "POST /api/tasks HTTP/1.1%Host: localhost%Authoriza",
        "POST /api/tasks HTTP/1.1%Host: localhost%Authorization: Bearer KEY%"
            + "Content-Length: 9%%{",
      })
  void theConnectionIsClosed(String begun) throws Exception {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            ClassPath.text(),
            SlowRequestTest.class.getName(),
            begun)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    assertEquals("read -1", said);
  }
}
