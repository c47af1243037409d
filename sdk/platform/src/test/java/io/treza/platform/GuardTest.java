package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in: callers on this machine, not pages in its browser. */
class GuardTest {
  private static TrezaPlatform.Builder builder() {
    return TrezaPlatform.builder(new FakeBackend());
  }

  /** The status of a request with a key and these header lines; %s stands for the port. */
  private static int status(TrezaPlatform platform, String... headers) throws IOException {
    String port = Integer.toString(platform.baseUrl().getPort());
    String key = "Authorization: Bearer " + platform.newKey("test", "0x1");
    return Wire.rawStatus(
        platform,
        Stream.concat(Stream.of(key), Stream.of(headers).map(line -> line.replace("%s", port))));
  }

  @Test
  void itListensOnLoopbackOnly() throws IOException {
    try (TrezaPlatform platform = builder().start()) {
      assertTrue(InetAddress.getByName(platform.baseUrl().getHost()).isLoopbackAddress());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:%s", "127.0.0.1:%s", "[::1]:%s", "LOCALHOST:%s", "localhost"})
  void aLoopbackHostIsServed(String host) throws IOException {
    try (TrezaPlatform platform = builder().start()) {
      assertEquals(200, status(platform, "Host: " + host));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rebound.example:%s",
        "localhost.rebound.example",
        "127.0.0.1.rebound.example",
        "localhost@rebound.example",
        "rebound.example@localhost",
        "192.168.0.1:%s",
        ""
      })
  void anotherHostIsNotServed(String host) throws IOException {
    try (TrezaPlatform platform = builder().start()) {
      assertEquals(403, status(platform, "Host: " + host));
    }
  }

  @Test
  void aRequestWithoutHostOrWithTwoIsNotServed() throws IOException {
    try (TrezaPlatform platform = builder().start()) {
      assertEquals(403, status(platform));
      assertEquals(403, status(platform, "Host: localhost:%s", "Host: rebound.example"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:%s, 200",
    "http://rebound.example, 403",
    "http://localhost:1, 403",
    "https://localhost:%s, 403",
    "null, 403",
  })
  void onlyItsOwnOriginIsServed(String origin, int expected) throws IOException {
    try (TrezaPlatform platform = builder().start()) {
      assertEquals(expected, status(platform, "Host: localhost:%s", "Origin: " + origin));
    }
  }

  @Test
  void exposingAddsHostNames() throws IOException {
    TrezaPlatform.Builder exposed = builder()
        .exposeBeyondThisMachine(InetAddress.getLoopbackAddress(), Set.of("Treza.internal"));
    try (TrezaPlatform platform = exposed.start()) {
      assertEquals(200, status(platform, "Host: treza.internal"));
      assertEquals(403, status(platform, "Host: rebound.example"));
    }
  }
}
