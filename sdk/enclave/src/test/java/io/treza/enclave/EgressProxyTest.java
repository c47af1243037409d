package io.treza.enclave;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.enclave.internal.device.ModuleDevice;
import io.treza.enclave.nsm.Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The way out, as Java's HTTP clients take it; TLS ends behind the proxy. */
@Timeout(60)
class EgressProxyTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final URI ALLOWED = URI.create("https://api.example.com/hello");
  private static final String LIST_REFUSAL = "HTTP/1.1 403 Forbidden\r\nContent-Length: 58\r\n\r\n"
      + "other.example.com:443 is not in this image's list\u0007, surely\n";

  private AttestedHttpsServer destination;
  private X509TrustManager trust;
  private ConnectProxy proxy;
  private EgressProxy egress;

  @BeforeEach
  void start() throws Exception {
    EnclaveIdentity identity = EnclaveIdentity.builder(new ModuleDevice(new Module()).nsm())
        .host("api.example.com")
        .build();
    trust = TestTls.trusting(identity.certificate());
    destination = AttestedHttpsServer.builder(identity)
        .handle("/hello", exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(UTF_8));
          }
        })
        .start();
    proxy = new ConnectProxy(Map.of("api.example.com:443", destination.address()), LIST_REFUSAL);
    egress = proxy.egress(Map.of());
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    destination.close();
  }

  @Test
  void theJdksHttpClientGoesThroughIt() throws Exception {
    HttpClient client = HttpClient.newBuilder()
        .proxy(egress.proxySelector())
        .sslContext(TestTls.context(trust))
        .build();
    HttpResponse<String> answer =
        client.send(HttpRequest.newBuilder(ALLOWED).build(), HttpResponse.BodyHandlers.ofString());
    assertEquals("hello", answer.body());
    assertEquals(List.of("CONNECT api.example.com:443 HTTP/1.1"), proxy.requests);
  }

  @Test
  void okHttpGoesThroughIt() throws Exception {
    OkHttpClient client = new OkHttpClient.Builder()
        .proxySelector(egress.proxySelector())
        .sslSocketFactory(TestTls.context(trust).getSocketFactory(), trust)
        .build();
    try (Response answer =
        client.newCall(new Request.Builder().url(ALLOWED.toString()).build()).execute()) {
      assertEquals("hello", answer.body().string());
    }
    assertEquals(List.of("CONNECT api.example.com:443 HTTP/1.1"), proxy.requests);
  }

  @Test
  void urlConnectionsGoThroughIt() throws Exception {
    Proxy selected = egress.proxySelector().select(ALLOWED).get(0);
    HttpURLConnection connection = (HttpURLConnection) ALLOWED.toURL().openConnection(selected);
    ((HttpsURLConnection) connection)
        .setSSLSocketFactory(TestTls.context(trust).getSocketFactory());
    assertEquals("hello", new String(connection.getInputStream().readAllBytes(), UTF_8));
    assertEquals(List.of("CONNECT api.example.com:443 HTTP/1.1"), proxy.requests);
  }

  @Test
  void aSocketLeadsToTheDestination() throws Exception {
    try (Socket plain = egress.connect("api.example.com", 443, LIMIT);
        Socket tls = TestTls.context(trust)
            .getSocketFactory()
            .createSocket(plain, "api.example.com", 443, true)) {
      tls.getOutputStream()
          .write("GET /hello HTTP/1.0\r\nHost: api.example.com\r\n\r\n".getBytes(UTF_8));
      String answer = new String(tls.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.endsWith("hello"), answer);
    }
  }

  @Test
  void aRefusalHasTheProxysReasonAndNoControlCharacters() {
    EgressRefusedException e = assertThrows(
        EgressRefusedException.class, () -> egress.connect("other.example.com", 443, LIMIT));
    assertEquals(403, e.status());
    assertEquals(
        "no way out to other.example.com:443 (HTTP 403): other.example.com:443 is not in this"
            + " image's list?, surely",
        e.getMessage());
  }

  /** One may keep the connection open for the next request. */
  @ParameterizedTest
  @CsvSource({"'not in this list\n', not in this list", "'not in th', not in th..."})
  void aRefusalIsOneThoughTheProxyDoesNotHangUp(String body, String reason) throws Exception {
    try (ServerSocket open = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      EgressProxy way =
          EgressProxy.of(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + open.getLocalPort()));
      CompletableFuture<Socket> accepted = CompletableFuture.supplyAsync(() -> {
        try {
          Socket client = open.accept();
          client
              .getOutputStream()
              .write(("HTTP/1.1 403 Forbidden\r\n\r\n" + body).getBytes(US_ASCII));
          return client;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      EgressRefusedException e = assertThrows(
          EgressRefusedException.class,
          () -> way.connect("other.example.com", 443, Duration.ofSeconds(2)));
      assertTrue(e.getMessage().endsWith("(HTTP 403): " + reason), e.getMessage());
      accepted.get().close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\n", "SSH-2.0-OpenSSH\r\n\r\n"})
  void whatIsNoProxyIsNotTakenForOne(String answer) throws Exception {
    try (ConnectProxy other = new ConnectProxy(Map.of(), answer)) {
      IOException e = assertThrows(
          IOException.class, () -> other.egress(Map.of()).connect("api.example.com", 443, LIMIT));
      assertTrue(e.getMessage().contains("the way out"), e.getMessage());
    }
  }

  @Test
  void anEndlessAnswerIsCutOff() throws Exception {
    try (ConnectProxy other = new ConnectProxy(Map.of(), "x".repeat(100_000))) {
      assertThrows(
          IOException.class, () -> other.egress(Map.of()).connect("api.example.com", 443, LIMIT));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\r\nX: y", "a/b", "user@host"})
  void whatCannotBeAHostIsNotSent(String host) {
    assertThrows(IllegalArgumentException.class, () -> egress.connect(host, 443, LIMIT));
    assertEquals(List.of(), proxy.requests);
  }

  @Test
  void onlyHttpsToElsewhereGoesThroughIt() {
    ProxySelector selector = proxy
        .egress(Map.of("NO_PROXY", "Internal.example.com, .local,10.0.0.1"))
        .proxySelector();
    for (String direct : List.of(
        "http://api.example.com/",
        "https://localhost:8443/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://internal.example.com/",
        "https://deep.internal.example.com/",
        "https://printer.local/",
        "https://10.0.0.1/")) {
      assertEquals(List.of(Proxy.NO_PROXY), selector.select(URI.create(direct)), direct);
    }
    for (String out : List.of(
        "https://api.example.com/",
        "https://notinternal.example.com/",
        "https://127.example.com/")) {
      assertEquals(Proxy.Type.HTTP, selector.select(URI.create(out)).get(0).type(), out);
    }
  }

  @Test
  void withoutTheVariableConnectionsAreDirect() {
    for (Map<String, String> environment : List.of(
        Map.<String, String>of(),
        Map.of("HTTPS_PROXY", ""),
        Map.of("HTTPS_PROXY", "http://127.0.0.1:3128", "no_proxy", "*"))) {
      assertEquals(
          List.of(Proxy.NO_PROXY), EgressProxy.of(environment).proxySelector().select(ALLOWED));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:3128",
        "https://127.0.0.1:3128",
        "http://127.0.0.1",
        "http://u:p@h:1",
        "%"
      })
  void aVariableThatNamesNoSuchProxyIsRefused(String value) {
    IllegalArgumentException e = assertThrows(
        IllegalArgumentException.class, () -> EgressProxy.of(Map.of("https_proxy", value)));
    assertTrue(e.getMessage().contains("HTTPS_PROXY"), e.getMessage());
  }
}
