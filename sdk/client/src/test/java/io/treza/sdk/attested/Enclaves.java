package io.treza.sdk.attested;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.TrustAnchor;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import io.treza.testkit.FakeEnclave;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import okhttp3.Request;
import okhttp3.Response;

/** What the tests of attested connections say again and again. */
final class Enclaves {
  static final String SECRET = "Bearer for the enclave only";

  private Enclaves() {}

  static AttestationVerifier trusting(FakeEnclave enclave) {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("fake", enclave.rootCertificate()))
        .build();
  }

  static Expectation.NonceStage running(FakeEnclave enclave) {
    return Expectation.measurements(
        Measurements.of(enclave.pcr(0), enclave.pcr(1), enclave.pcr(2)));
  }

  /** A client of this enclave, as a user's test would build it. */
  static AttestedHttpClient.Builder clientOf(FakeEnclave enclave) {
    return AttestedHttpClient.builder(enclave.address(), trusting(enclave), running(enclave));
  }

  /** A request that nobody else may see. */
  static Request secret(URI address) {
    return new Request.Builder()
        .url(address.resolve("/pay?secret=1").toString())
        .header("Authorization", SECRET)
        .build();
  }

  static String body(AttestedHttpClient client, Request request) throws IOException {
    try (Response response = client.execute(request)) {
      return response.body().string();
    }
  }

  static PeerNotAttestedException refused(AttestedHttpClient client, Request request) {
    return assertThrows(
        PeerNotAttestedException.class, () -> client.execute(request).close());
  }

  static void assertRejected(Reason reason, PeerNotAttestedException refusal) {
    assertEquals(Problem.REJECTED, refusal.problem(), refusal::toString);
    assertEquals(Optional.of(reason), refusal.reason(), refusal::toString);
  }
}
