package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.assertRejected;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.secret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** Where certificates must be valid as well, they are checked as well, and replace no evidence. */
class WebPkiTest {
  private final Workload workload = new Workload();
  private final Peer.Tls enclaves = Peer.Tls.of("enclave.test");

  /** A client whose authorities vouch for these certificates, and to whom every name is here. */
  private static OkHttpClient trusting(Peer.Tls... certificates)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    for (int i = 0; i < certificates.length; i++) {
      trusted.setCertificateEntry("trusted" + i, certificates[i].certificate());
    }
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return new OkHttpClient.Builder()
        .dns(host -> List.of(InetAddress.getLoopbackAddress()))
        .sslSocketFactory(
            context.getSocketFactory(), (X509TrustManager) managers.getTrustManagers()[0])
        .build();
  }

  private AttestedHttpClient client(URI address, OkHttpClient base) {
    return AttestedHttpClient.builder(address, workload.verifier(), workload.pinned())
        .okHttp(base)
        .requireWebPki()
        .build();
  }

  @Test
  void aValidCertificateAndEvidenceTogetherAreAccepted() throws Exception {
    try (Peer enclave = Peer.start(enclaves, workload.answering(enclaves.certificate()))) {
      URI address = enclave.address("enclave.test");
      try (AttestedHttpClient client = client(address, trusting(enclaves))) {
        assertEquals("hello", body(client, secret(address)));
      }
    }
  }

  @Test
  void aValidCertificateDoesNotReplaceEvidence() throws Exception {
    Peer.Tls attackers = Peer.Tls.of("enclave.test");
    try (Peer attacker = Peer.start(attackers, workload.answering(enclaves.certificate()))) {
      URI address = attacker.address("enclave.test");
      try (AttestedHttpClient client = client(address, trusting(enclaves, attackers))) {
        assertRejected(Reason.USER_DATA_MISMATCH, refused(client, secret(address)));
      }
      assertTrue(attacker.seen().stream().allMatch(Workload::isEvidence));
    }
  }

  @Test
  void evidenceDoesNotReplaceAValidName() throws Exception {
    try (Peer enclave = Peer.start(enclaves, workload.answering(enclaves.certificate()))) {
      URI address = enclave.address("another.test");
      try (AttestedHttpClient client = client(address, trusting(enclaves))) {
        assertThrows(SSLPeerUnverifiedException.class, () -> body(client, secret(address)));
      }
      assertEquals(List.of(), enclave.seen());
    }
  }
}
