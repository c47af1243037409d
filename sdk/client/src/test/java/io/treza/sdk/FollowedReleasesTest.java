package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.Reason;
import io.treza.attestation.VerifiedAttestation;
import io.treza.sdk.reference.Publisher;
import io.treza.sdk.reference.RefreshingReferenceValues;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A client that follows what is published accepts a release that came while it was running. */
class FollowedReleasesTest {
  private final TestEnclave enclave = new TestEnclave();
  private final Publisher publisher = new Publisher();
  private volatile byte[] published = publisher.publish(1, '9');

  private TrezaClient client() {
    return TrezaClient.builder()
        .baseUrl(URI.create("http://localhost:1"))
        .walletAddress("0x1")
        .verifier(enclave.verifier())
        .evidenceSource((id, nonce) -> enclave.attest(nonce))
        .build();
  }

  private RefreshingReferenceValues followed(Duration minimumInterval) {
    return RefreshingReferenceValues.builder(() -> published, publisher.verifier())
        .period(Duration.ofDays(1))
        .minimumInterval(minimumInterval)
        .start();
  }

  @Test
  void releaseThatWasPublishedMeanwhileIsAccepted() throws AttestationRejectedException {
    try (TrezaClient client = client();
        RefreshingReferenceValues releases = followed(Duration.ofNanos(1))) {
      assertEquals(
          Reason.MEASUREMENT_MISMATCH,
          assertThrows(
                  AttestationRejectedException.class,
                  () -> client.verifyAttestation("e", Expectation.releases(releases)))
              .reason());
      published = publisher.publish(2, '1');
      VerifiedAttestation verified = client.verifyAttestation("e", Expectation.releases(releases));
      assertEquals("release 1", verified.release().orElseThrow().name());
    }
  }
}
