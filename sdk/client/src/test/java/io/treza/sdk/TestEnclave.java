package io.treza.sdk;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;

/** A simulated enclave of one release, and a verifier that trusts its root. */
final class TestEnclave {
  static final Measurements RELEASE =
      Measurements.of("11".repeat(48), "22".repeat(48), "33".repeat(48));

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final SimulatedNsm nsm = SimulatedNsm.builder(
          CertificateChain.builder(root).clock(InstantSource.system()).build())
      .measurements(pcr("11"), pcr("22"), pcr("33"))
      .build();

  byte[] attest(byte[] nonce) {
    return nsm.attest(Optional.of(nonce), Optional.empty(), Optional.empty());
  }

  AttestationVerifier verifier() {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
        .build();
  }

  private static byte[] pcr(String digits) {
    return HexFormat.of().parseHex(digits.repeat(48));
  }
}
