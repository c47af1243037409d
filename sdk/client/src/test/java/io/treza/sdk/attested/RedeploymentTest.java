package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.assertRejected;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.secret;
import static io.treza.sdk.attested.Enclaves.trusting;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesSource;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.testkit.FakeEnclave;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A client that follows what is published goes with the enclave through a new deployment. */
class RedeploymentTest {
  /** What is published, and what the client has fetched of it. */
  private static final class Published implements ReferenceValuesSource {
    private final ReferenceValues.Builder published = ReferenceValues.builder("payments");
    private ReferenceValues fetched;
    private int refreshes;

    Published(String name, FakeEnclave enclave) {
      publish(name, enclave);
      fetched = published.build();
    }

    @Override
    public ReferenceValues current() {
      return fetched;
    }

    @Override
    public ReferenceValues refresh() {
      refreshes++;
      fetched = published.build();
      return fetched;
    }

    final void publish(String name, FakeEnclave enclave) {
      published.release(measurements(name, enclave));
    }
  }

  private static Measurements measurements(String name, FakeEnclave enclave) {
    return Measurements.builder()
        .release(name)
        .pcr(0, enclave.pcr(0))
        .pcr(1, enclave.pcr(1))
        .pcr(2, enclave.pcr(2))
        .build();
  }

  @Test
  void theNewReleaseIsFetchedAndTheRequestGoesThrough() throws IOException {
    try (FakeEnclave enclave = FakeEnclave.start()) {
      Published published = new Published("v1", enclave);
      try (AttestedHttpClient client = AttestedHttpClient.builder(
              enclave.address(), trusting(enclave), Expectation.releases(published))
          .build()) {
        assertEquals("hello", body(client, secret(enclave.address())));

        enclave.redeploy("version 2");
        published.publish("v2", enclave);
        assertEquals("hello", body(client, secret(enclave.address())));
        assertEquals(1, published.refreshes);
        assertEquals(
            List.of("v1", "v2"),
            client.attestations().stream()
                .map(attested -> attested.release().orElseThrow().name())
                .toList());

        enclave.redeploy("version 3, unpublished");
        assertRejected(Reason.MEASUREMENT_MISMATCH, refused(client, secret(enclave.address())));
        assertEquals(2, published.refreshes);
        assertEquals(2, enclave.received().size());
      }
    }
  }

  @Test
  void aReleaseThatIsRevokedMeanwhileIsRefusedWhenTheKeysTimeIsOver() throws IOException {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    try (FakeEnclave enclave = FakeEnclave.start()) {
      Release release = Release.builder(measurements("v1", enclave)).build();
      AtomicReference<ReferenceValues> values = new AtomicReference<>(
          ReferenceValues.builder("payments").release(release).build());
      ReferenceValuesSource source = new ReferenceValuesSource() {
        @Override
        public ReferenceValues current() {
          return values.get();
        }

        @Override
        public ReferenceValues refresh() {
          return values.get();
        }
      };
      try (AttestedHttpClient client = AttestedHttpClient.builder(
              enclave.address(), trusting(enclave), Expectation.releases(source))
          .clock(now::get)
          .reverifyAfter(Duration.ofMinutes(1))
          .build()) {
        body(client, secret(enclave.address()));
        values.set(values.get().toBuilder()
            .releases(List.of(release.withStatus(ReleaseStatus.REVOKED)))
            .build());
        now.updateAndGet(t -> t.plus(Duration.ofMinutes(1)));
        assertRejected(Reason.RELEASE_REVOKED, refused(client, secret(enclave.address())));
        assertEquals(1, enclave.received().size());
      }
    }
  }
}
