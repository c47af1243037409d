package io.treza.samples.service;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.enclave.EgressProxy;
import io.treza.enclave.Nsm;
import io.treza.enclave.NsmException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;

/**
 * What the image says: files in {@code /app/etc} and variables. All of it is measured, so that nobody
 * else has a say in whom this enclave trusts.
 *
 * @param directory the files
 * @param environment the variables
 */
record Settings(Path directory, Map<String, String> environment) {
  /** The name that clients reach this enclave by. */
  static final String HOST = "SERVICE_HOST";

  /** Where the keeper is: https, host and port. */
  static final String KEEPER = "KEEPER";

  /** For what may itself have to ask somebody else first. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final String DEVELOPMENT_ROOT = "development-root.der";

  /** As in an image. */
  static Settings ofImage() {
    return new Settings(Path.of("/app/etc"), System.getenv());
  }

  /**
   * A variable.
   *
   * @throws IllegalStateException if the image does not set it
   */
  String variable(String name) {
    return Optional.ofNullable(environment.get(name))
        .orElseThrow(() -> new IllegalStateException("the image sets no variable " + name));
  }

  /** The NSM of this enclave. */
  Nsm nsm() throws NsmException {
    Nsm agent = Nsm.agent();
    return developmentRoot().isEmpty() ? agent : new EmulatedNsm(agent, EgressProxy.fromEnvironment());
  }

  /** Judges other enclaves: those of AWS, unless the image was made for an emulation. */
  AttestationVerifier verifier() throws IOException {
    Optional<Path> root = developmentRoot();
    return root.isEmpty()
        ? AttestationVerifier.create()
        : AttestationVerifier.builder()
            .trustAnchors(
                TrustAnchor.development("emulated (QEMU)", Files.readAllBytes(root.get())))
            .build();
  }

  private Optional<Path> developmentRoot() {
    return Optional.of(directory.resolve(DEVELOPMENT_ROOT)).filter(Files::exists);
  }

  /** Whose reference values are believed. */
  TrustedKeys publisher() throws IOException {
    return TrustedKeys.ofPem(Files.readAllBytes(directory.resolve("publisher.pem")));
  }

  /** Reaches what the image allows, through the enclave's egress, and believes its authorities. */
  OkHttpClient http() throws IOException {
    try {
      KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
      authorities.load(null, null);
      byte[] pem = Files.readAllBytes(directory.resolve("authorities.pem"));
      for (Certificate authority : CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem))) {
        authorities.setCertificateEntry(Integer.toString(authorities.size()), authority);
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(authorities);
      TrustManager trusts = factory.getTrustManagers()[0];
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, new TrustManager[] {trusts}, null);
      return new OkHttpClient.Builder()
          .sslSocketFactory(tls.getSocketFactory(), (X509TrustManager) trusts)
          .proxySelector(EgressProxy.selector())
          .connectTimeout(PATIENCE)
          .readTimeout(PATIENCE)
          .writeTimeout(PATIENCE)
          .build();
    } catch (GeneralSecurityException e) {
      throw new IOException("authorities.pem: " + e.getMessage(), e);
    }
  }
}
