package io.treza.sdk.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One file from a web server, whatever the server does. */
class HttpsFetcherTest {
  private static final byte[] FILE = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] NEWER = "{\"a\":2}".getBytes(StandardCharsets.UTF_8);

  private WebServer server;

  @BeforeEach
  void start() throws IOException {
    server = new WebServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpsFetcher fetcher() {
    return HttpsFetcher.builder(server.address("/values")).build();
  }

  private static String refused(HttpsFetcher fetcher) {
    return String.valueOf(assertThrows(IOException.class, fetcher::fetch).getMessage());
  }

  private static void assertContains(String part, String text) {
    assertTrue(text.contains(part), text);
  }

  @Test
  void theFileIsBroughtAsItIs() throws IOException, ReferenceValuesException {
    server.on("/values", e -> WebServer.send(e, 200, FILE));
    assertArrayEquals(FILE, fetcher().fetch());
    assertEquals(List.of("identity"), server.asked("Accept-Encoding"));
  }

  @Test
  void whatHasNotChangedIsNotSentAgain() throws IOException, ReferenceValuesException {
    server.on("/values", e -> {
      boolean known = "\"one\"".equals(e.getRequestHeaders().getFirst("If-None-Match"));
      e.getResponseHeaders().set("ETag", "\"one\"");
      WebServer.send(e, known ? 304 : 200, known ? new byte[0] : FILE);
    });
    HttpsFetcher fetcher = fetcher();
    byte[] first = fetcher.fetch();
    first[0] = 0;
    assertArrayEquals(FILE, fetcher.fetch());
    assertArrayEquals(FILE, fetcher.fetch());
    assertEquals(List.of("", "\"one\"", "\"one\""), server.asked("If-None-Match"));
  }

  @Test
  void whatHasChangedReplacesWhatWasKept() throws IOException, ReferenceValuesException {
    server.on("/values", e -> {
      boolean first = e.getRequestHeaders().getFirst("If-None-Match") == null;
      e.getResponseHeaders().set("ETag", first ? "W/\"one\"" : "\"two\"");
      WebServer.send(e, 200, first ? FILE : NEWER);
    });
    HttpsFetcher fetcher = fetcher();
    assertArrayEquals(FILE, fetcher.fetch());
    assertArrayEquals(NEWER, fetcher.fetch());
    fetcher.fetch();
    assertEquals(List.of("", "W/\"one\"", "\"two\""), server.asked("If-None-Match"));
  }

  @Test
  void unchangedWhatWasNeverSentIsRefused() {
    server.on("/values", e -> WebServer.send(e, 304, new byte[0]));
    assertContains("never sent", refused(fetcher()));
  }

  @Test
  void unchangedUnderAnotherTagIsRefusedAndForgotten()
      throws IOException, ReferenceValuesException {
    server.on("/values", e -> {
      boolean first = e.getRequestHeaders().getFirst("If-None-Match") == null;
      e.getResponseHeaders().set("ETag", first ? "\"one\"" : "\"two\"");
      WebServer.send(e, first ? 200 : 304, first ? FILE : new byte[0]);
    });
    HttpsFetcher fetcher = fetcher();
    fetcher.fetch();
    assertContains("never sent", refused(fetcher));
    assertArrayEquals(FILE, fetcher.fetch());
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "\"one", "\"o ne\"", "w/\"one\""})
  void aTagThatIsNoneIsNotSentBack(String tag) throws IOException, ReferenceValuesException {
    server.on("/values", e -> {
      e.getResponseHeaders().set("ETag", tag);
      WebServer.send(e, 200, FILE);
    });
    HttpsFetcher fetcher = fetcher();
    fetcher.fetch();
    fetcher.fetch();
    assertEquals(List.of("", ""), server.asked("If-None-Match"));
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 206, 400, 401, 403, 404, 429, 500, 502, 503})
  void anyOtherStatusIsAFailureThatNamesIt(int status) {
    server.on("/values", e -> WebServer.send(e, status, status == 204 ? new byte[0] : FILE));
    String message = refused(fetcher());
    assertContains("/values: ", message);
    assertContains(String.valueOf(status), message);
  }

  @Test
  void aFailureForgetsWhatWasKept() throws IOException, ReferenceValuesException {
    server.on("/values", e -> {
      e.getResponseHeaders().set("ETag", "\"one\"");
      WebServer.send(e, server.count() == 2 ? 500 : 200, FILE);
    });
    HttpsFetcher fetcher = fetcher();
    fetcher.fetch();
    refused(fetcher);
    fetcher.fetch();
    assertEquals(List.of("", "\"one\"", ""), server.asked("If-None-Match"));
  }

  @Test
  void anEndlessBodyIsCutOff() {
    server.on("/values", e -> {
      e.sendResponseHeaders(200, 1L << 40);
      byte[] much = new byte[1 << 20];
      try (OutputStream out = e.getResponseBody()) {
        while (true) {
          out.write(much);
        }
      }
    });
    ReferenceValuesException e = assertThrows(
        ReferenceValuesException.class,
        HttpsFetcher.builder(server.address("/values"))
            .callTimeout(Duration.ofMinutes(5))
            .build()::fetch);
    assertEquals(Problem.TOO_LARGE, e.problem());
  }

  @Test
  void aBodyThatNeverEndsIsGivenUp() {
    server.on("/values", e -> {
      e.sendResponseHeaders(200, 0);
      e.getResponseBody().write(FILE);
      e.getResponseBody().flush();
      server.awaitClose();
    });
    assertContains(
        "timeout",
        refused(HttpsFetcher.builder(server.address("/values"))
            .callTimeout(Duration.ofMillis(200))
            .build()));
  }

  @Test
  void aBodyThatBreaksOffIsNoFile() {
    server.on("/values", e -> {
      e.sendResponseHeaders(200, 100);
      e.getResponseBody().write(FILE);
      e.getResponseBody().flush();
      e.close();
    });
    assertContains("/values: ", refused(fetcher()));
  }

  @Test
  void whatIsPackedIsNotUnpacked() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 100; i++) {
        gzip.write(zeros);
      }
    }
    server.on("/values", e -> {
      e.getResponseHeaders().set("Content-Encoding", "gzip");
      WebServer.send(e, 200, bomb.toByteArray());
    });
    assertContains("compressed", refused(fetcher()));
  }

  @Test
  void redirectsAreFollowedAFewTimes() throws IOException, ReferenceValuesException {
    server.on("/values", e -> WebServer.redirect(e, "/there"));
    server.on("/there", e -> WebServer.send(e, 200, FILE));
    assertArrayEquals(FILE, fetcher().fetch());
    server.on("/there", e -> WebServer.redirect(e, "/values"));
    assertContains("more than 5 redirects", refused(fetcher()));
    server.on("/there", e -> WebServer.redirect(e, "ftp://there/"));
    assertContains("leads nowhere", refused(fetcher()));
  }

  @Test
  void aTokenGoesToTheServerItIsForAndNoOther() throws IOException, ReferenceValuesException {
    try (WebServer other = new WebServer()) {
      server.on("/values", e -> WebServer.redirect(e, other.address("/there").toString()));
      other.on("/there", e -> WebServer.redirect(e, server.address("/end").toString()));
      server.on("/end", e -> WebServer.send(e, 200, FILE));
      HttpsFetcher fetcher = HttpsFetcher.builder(server.address("/values"))
          .header("Authorization", "Bearer secret")
          .build();
      assertArrayEquals(FILE, fetcher.fetch());
      assertEquals(List.of("Bearer secret", "Bearer secret"), server.asked("Authorization"));
      assertEquals(List.of(""), other.asked("Authorization"));
    }
  }

  @Test
  void neitherQueryNorHeaderIsInAMessage() {
    server.on("/values", e -> WebServer.send(e, 500, FILE));
    HttpsFetcher fetcher = HttpsFetcher.builder(server.address("/values?token=secret"))
        .header("Authorization", "Bearer secret")
        .build();
    assertFalse(refused(fetcher).contains("secret"));
    IllegalArgumentException e = assertThrows(
        IllegalArgumentException.class,
        () -> HttpsFetcher.builder(server.address("/")).header("X-Token", "secret\n"));
    assertFalse(String.valueOf(e.getMessage()).contains("secret"));
  }

  @Test
  void withoutTlsOnlyThisMachineIsAsked() throws IOException, ReferenceValuesException {
    for (String address : List.of("http://values.example/v", "http://127.0.0.1.example/v")) {
      IllegalArgumentException e = assertThrows(
          IllegalArgumentException.class, () -> ReferenceValuesFetcher.https(URI.create(address)));
      assertContains("insecureHttp", String.valueOf(e.getMessage()));
      HttpsFetcher.builder(URI.create(address)).insecureHttp().build();
    }
    server.on("/values", e -> WebServer.redirect(e, "http://values.example/v"));
    assertContains("away from TLS, to values.example", refused(fetcher()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://a/b", "/a", "https://me:pw@a/b", "https://a/b#c", "file:///etc/passwd"})
  void anAddressOfAnotherKindIsRefused(String address) {
    assertThrows(
        IllegalArgumentException.class, () -> ReferenceValuesFetcher.https(URI.create(address)));
  }

  @Test
  void aRedirectAwayFromTlsIsRefusedEvenToThisMachine(@TempDir Path directory)
      throws IOException, InterruptedException, GeneralSecurityException, ReferenceValuesException {
    server.on("/plain", e -> WebServer.send(e, 200, FILE));
    TestTls tls = TestTls.create(directory);
    try (WebServer secure = new WebServer(Optional.of(tls.context()))) {
      secure.on("/values", e -> WebServer.redirect(e, server.address("/plain").toString()));
      secure.on("/good", e -> WebServer.send(e, 200, FILE));
      assertContains(
          "away from TLS",
          refused(
              HttpsFetcher.builder(secure.address("/values")).tls(tls::trusted).build()));
      assertArrayEquals(
          FILE,
          HttpsFetcher.builder(secure.address("/good"))
              .tls(tls::trusted)
              .build()
              .fetch());
      // Nobody vouches for this server's certificate.
      assertThrows(IOException.class, ReferenceValuesFetcher.https(secure.address("/good"))::fetch);
    }
    assertEquals(0, server.count());
  }
}
