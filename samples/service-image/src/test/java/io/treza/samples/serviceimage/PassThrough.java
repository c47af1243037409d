package io.treza.samples.serviceimage;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Asks an enclave for evidence by TLS, as anybody may, and believes any certificate. */
record PassThrough(InetSocketAddress enclave) {
  byte[] evidence(byte[] nonce) throws IOException {
    URI address = URI.create("https://localhost:" + enclave.getPort() + "/attestation?nonce="
        + HexFormat.of().formatHex(nonce));
    HttpsURLConnection connection = (HttpsURLConnection) address.toURL().openConnection();
    connection.setSSLSocketFactory(anyCertificate().getSocketFactory());
    connection.setHostnameVerifier((host, session) -> true);
    return connection.getInputStream().readAllBytes();
  }

  private static SSLContext anyCertificate() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      // Whoever.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      // Whoever.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
