package io.treza.enclave;

import java.lang.reflect.Proxy;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** The server's side of a connection that was served with a certificate, or with none. */
record TestSession(Optional<X509Certificate> served) {
  SSLSession session() {
    return (SSLSession) Proxy.newProxyInstance(
        SSLSession.class.getClassLoader(),
        new Class<?>[] {SSLSession.class},
        (proxy, method, args) -> {
          if (method.getName().equals("getLocalCertificates")) {
            return served.map(each -> new Certificate[] {each}).orElse(null);
          }
          throw new UnsupportedOperationException(method.getName());
        });
  }
}
