package io.treza.samples.attestedhttp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.TrustAnchor;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.sdk.attested.PeerNotAttestedException;
import io.treza.testkit.FakeEnclave;
import io.treza.testkit.Fault;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user's own tests look like. */
class PaymentsTest {
  @Test
  void paysInTheEnclave() throws IOException {
    try (FakeEnclave enclave = FakeEnclave.start();
        AttestedHttpClient client = clientOf(enclave)) {
      assertEquals("hello", new Payments(client, enclave.address()).pay("token", "42"));
      assertEquals(List.of("Bearer token"), enclave.received().get(0).header("Authorization"));
    }
  }

  @Test
  void paysNobodyElse() throws IOException {
    try (FakeEnclave enclave = FakeEnclave.start().failing(Fault.OTHER_KEY);
        AttestedHttpClient client = clientOf(enclave)) {
      Payments payments = new Payments(client, enclave.address());
      PeerNotAttestedException refusal =
          assertThrows(PeerNotAttestedException.class, () -> payments.pay("token", "42"));
      assertEquals(Reason.USER_DATA_MISMATCH, refusal.reason().orElseThrow());
      assertEquals(List.of(), enclave.received());
    }
  }

  @Test
  void doesNotFollowToAnotherImage() throws IOException {
    try (FakeEnclave enclave = FakeEnclave.builder()
            .image("payments 1.0")
            .workload(request -> "paid " + request.target().getPath())
            .start();
        AttestedHttpClient client = clientOf(enclave)) {
      Payments payments = new Payments(client, enclave.address());
      assertEquals("paid /pay", payments.pay("token", "42"));
      enclave.redeploy("payments 1.1");
      assertThrows(PeerNotAttestedException.class, () -> payments.pay("token", "42"));
    }
  }

  private static AttestedHttpClient clientOf(FakeEnclave enclave) {
    TrustAnchor root = TrustAnchor.development("fake", enclave.rootCertificate());
    return AttestedHttpClient.builder(
            enclave.address(),
            AttestationVerifier.builder().trustAnchors(root).build(),
            Expectation.measurements(
                Measurements.of(enclave.pcr(0), enclave.pcr(1), enclave.pcr(2))))
        .build();
  }
}
