package io.treza.sdk.attested;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.Der;
import io.treza.testkit.KeyType;
import io.treza.testkit.SignatureAlgorithm;
import io.treza.testkit.TestCertificate;
import io.treza.testkit.Validity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Protocol;
import okio.Buffer;

/** Whoever is at the other end: a server with a TLS key of its own that notes all it is sent. */
final class Peer implements AutoCloseable {
  private final MockWebServer server = new MockWebServer();
  private final List<RecordedRequest> seen = new CopyOnWriteArrayList<>();

  interface Answer {
    MockResponse to(RecordedRequest request) throws IOException;
  }

  /** A key, and a certificate for some names that nobody vouches for. */
  record Tls(X509Certificate certificate, SSLSocketFactory sockets) {
    static Tls of(String... names) {
      SecureRandom random = new SecureRandom();
      Instant from = Instant.now().minus(Duration.ofHours(1));
      byte[][] alternatives = Stream.of(names)
          .map(name -> Der.value(0x82, name.getBytes(StandardCharsets.US_ASCII)))
          .toArray(byte[][]::new);
      TestCertificate certificate = new CertificateBuilder(
              Der.sequence(),
              KeyType.P256.generate(random),
              new Validity(from, from.plus(Duration.ofDays(1))),
              random)
          .subjectCommonName(names[0])
          .signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)
          .extension(CertificateExtension.of("2.5.29.17", false, Der.sequence(alternatives)))
          .selfSigned();
      try {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("tls", certificate.keys().getPrivate(), new char[0], new Certificate[] {
          certificate.x509()
        });
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return new Tls(certificate.x509(), context.getSocketFactory());
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** By HTTP/2 if the client can. */
  static Peer start(Tls tls, Answer answer) throws IOException {
    return start(tls, List.of(Protocol.HTTP_2, Protocol.HTTP_1_1), answer);
  }

  static Peer start(Tls tls, List<Protocol> versions, Answer answer) throws IOException {
    return new Peer(tls, false, versions, answer);
  }

  /** An HTTP proxy that agrees to a tunnel and then serves TLS itself. */
  static Peer startProxy(Tls tls, Answer answer) throws IOException {
    return new Peer(tls, true, List.of(Protocol.HTTP_1_1), answer);
  }

  private Peer(Tls tls, boolean proxy, List<Protocol> versions, Answer answer) throws IOException {
    server.useHttps(tls.sockets());
    server.setProtocols(versions);
    server.setDispatcher(new Dispatcher() {
      @Override
      public MockResponse dispatch(RecordedRequest request) {
        seen.add(request);
        try {
          return answer.to(request);
        } catch (IOException e) {
          return new MockResponse.Builder().code(502).build();
        }
      }

      @Override
      public MockResponse peek() {
        return proxy && seen.isEmpty()
            ? new MockResponse.Builder().inTunnel().build()
            : super.peek();
      }
    });
    server.start(InetAddress.getLoopbackAddress(), 0);
  }

  static MockResponse document(byte[] document) {
    return new MockResponse.Builder()
        .setHeader("Content-Type", "application/cbor")
        .body(new Buffer().write(document))
        .build();
  }

  static MockResponse text(String text) {
    return new MockResponse.Builder().body(text).build();
  }

  int port() {
    return server.getPort();
  }

  URI address(String host) {
    return URI.create("https://" + host + ":" + port());
  }

  Proxy asProxy() {
    return server.getProxyAddress();
  }

  List<RecordedRequest> seen() {
    return List.copyOf(seen);
  }

  List<String> targets() {
    return seen.stream().map(RecordedRequest::getTarget).toList();
  }

  /** Whether a header, a target or a body that was sent here has this text in it. */
  boolean saw(String text) {
    return seen.stream()
        .anyMatch(request -> Arrays.asList(
                request.getTarget(),
                request.getHeaders().toString(),
                String.valueOf(request.getBody()))
            .toString()
            .contains(text));
  }

  @Override
  public void close() {
    server.close();
  }
}
