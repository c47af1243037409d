package io.treza.image.internal.http;

import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which proxy the environment names for what. */
class ProxiesTest {
  private static String select(Map<String, String> environment, String uri) {
    List<Proxy> selected = Proxies.of(environment).select(URI.create(uri));
    assertEquals(1, selected.size());
    return selected.get(0).address() instanceof InetSocketAddress address
        ? address.getHostString() + ":" + address.getPort()
        : "none";
  }

  @Test
  void proxyIsByTheSchemeOfWhatIsAskedFor() {
    Map<String, String> environment =
        Map.of("HTTPS_PROXY", "http://secure.example:3128", "HTTP_PROXY", "plain.example:8080");
    assertEquals("secure.example:3128", select(environment, "https://ghcr.io/v2/"));
    assertEquals("plain.example:8080", select(environment, "http://lab.example:5000/v2/"));
    assertEquals("none", select(Map.of("HTTPS_PROXY", "a.example"), "http://lab.example/"));
  }

  @Test
  void lowerCaseNameCountsFirst() {
    assertEquals(
        "b.example:1",
        select(
            Map.of("HTTPS_PROXY", "http://a.example:1", "https_proxy", "http://b.example:1"),
            "https://ghcr.io/"));
  }

  @Test
  void emptyValueIsNone() {
    assertEquals("none", select(Map.of("HTTPS_PROXY", " "), "https://ghcr.io/"));
  }

  @ParameterizedTest
  @CsvSource({
    "'*', https://ghcr.io/, true",
    "ghcr.io, https://ghcr.io/, true",
    "GHCR.io, https://ghcr.IO/, true",
    "io, https://ghcr.io/, true",
    ".ghcr.io, https://a.ghcr.io/, true",
    "*.ghcr.io, https://a.ghcr.io/, true",
    "hcr.io, https://ghcr.io/, false",
    "'a.example, ghcr.io', https://ghcr.io/, true",
    "ghcr.io:443, https://ghcr.io:443/, true",
    "ghcr.io:443, https://ghcr.io:5000/, false",
    "10.0.0.7, https://10.0.0.7:5000/, true",
    "10.0.0.7, https://10.0.0.70:5000/, false",
  })
  void exceptionsGoDirect(String exceptions, String uri, boolean direct) {
    String selected =
        select(Map.of("HTTPS_PROXY", "http://p.example:1", "NO_PROXY", exceptions), uri);
    assertEquals(direct ? "none" : "p.example:1", selected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:5000/", "http://127.0.0.1/", "http://[::1]:5000/"})
  void thisMachineIsNeverAskedThroughAProxy(String uri) {
    assertEquals("none", select(Map.of("HTTP_PROXY", "http://p.example:1"), uri));
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://me:hunter2@p.example", "socks5://me:hunter2@p.example", "a b"})
  void whatIsNoProxyOverHttpIsRefusedWithoutShowingIt(String value) {
    assertRefused(
        IllegalArgumentException.class,
        () -> Proxies.of(Map.of("HTTPS_PROXY", value)),
        "HTTPS_PROXY: not the address of a proxy over HTTP");
    String message = String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> Proxies.of(Map.of("HTTPS_PROXY", value)))
            .getMessage());
    assertFalse(message.contains("hunter2"), message);
  }

  @Test
  void withoutVariablesTheJdkDecides() {
    URI uri = URI.create("https://ghcr.io/");
    assertEquals(ProxySelector.getDefault().select(uri), Proxies.of(Map.of()).select(uri));
  }
}
