package io.treza.samples.serviceimage;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Some HTTPS server outside of all enclaves, which remembers what it was sent. */
final class HttpsPeer implements Closeable {
  private final HttpsServer server;
  private final List<byte[]> received = new CopyOnWriteArrayList<>();

  /** Serves with this identity. */
  HttpsPeer(SSLContext identity) throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(identity));
    server.createContext("/", exchange -> {
      try (exchange) {
        received.add(exchange.getRequestBody().readAllBytes());
        exchange.sendResponseHeaders(204, -1);
      }
    });
    server.start();
  }

  /** The identity in two files: a certificate, and its key in PKCS#8, PEM. */
  static SSLContext identity(Path certificate, Path key)
      throws IOException, GeneralSecurityException {
    String base64 = Files.readString(key).replaceAll("-----.*-----|\\s", "");
    Certificate own = CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(certificate)));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "own",
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64))),
        new char[0],
        new Certificate[] {own});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  /** The bodies of all requests so far. */
  List<byte[]> received() {
    return List.copyOf(received);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
