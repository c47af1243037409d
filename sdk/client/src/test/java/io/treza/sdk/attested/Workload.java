package io.treza.sdk.attested;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import mockwebserver3.RecordedRequest;

/** An honest enclave's evidence about any TLS key, for servers that a test puts together itself. */
final class Workload {
  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final SimulatedNsm nsm = SimulatedNsm.builder(
          CertificateChain.builder(root).build())
      .measurements(pcr("11"), pcr("22"), pcr("33"))
      .build();

  AttestationVerifier verifier() {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
        .build();
  }

  Expectation.NonceStage pinned() {
    return Expectation.measurements(
        Measurements.of("11".repeat(48), "22".repeat(48), "33".repeat(48)));
  }

  /** Evidence that binds this certificate's key by SHA-256, for the nonce in the request. */
  byte[] document(RecordedRequest request, X509Certificate certificate) {
    String nonce = Optional.ofNullable(request.getUrl().queryParameter("nonce")).orElseThrow();
    return document(HexFormat.of().parseHex(nonce), certificate);
  }

  byte[] document(byte[] nonce, X509Certificate certificate) {
    return nsm.attest(
        Optional.of(nonce),
        Optional.of(sha256(certificate.getPublicKey().getEncoded())),
        Optional.empty());
  }

  /** A server that is the enclave: serves evidence about its own key, and {@code hello}. */
  Peer.Answer answering(X509Certificate certificate) {
    return request ->
        isEvidence(request) ? Peer.document(document(request, certificate)) : Peer.text("hello");
  }

  static boolean isEvidence(RecordedRequest request) {
    return request.getTarget().startsWith("/attestation?nonce=");
  }

  private static byte[] sha256(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] pcr(String digits) {
    return HexFormat.of().parseHex(digits.repeat(48));
  }
}
