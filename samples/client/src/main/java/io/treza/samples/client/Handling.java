package io.treza.samples.client;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.sdk.ApiAnswer;
import io.treza.sdk.ApiRequest;
import io.treza.sdk.Credentials;
import io.treza.sdk.Enclave;
import io.treza.sdk.LogEntry;
import io.treza.sdk.LogType;
import io.treza.sdk.RetryPolicy;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What can go wrong, how long it may take, and how not to wait for it. */
final class Handling {
  private Handling() {}

  /** Each kind of failure is a type of its own; catch those you can do something about. */
  static Optional<VerifiedAttestation> verified(
      TrezaClient client, String id, ReferenceValues releases) {
    try {
      return Optional.of(client.verifyAttestation(id, Expectation.releases(releases)));
    } catch (AttestationRejectedException e) {
      // Genuine or not, it is not what you accept. Do not talk to it.
      System.err.println(e.rejection().reason() + ": " + e.rejection().found());
    } catch (TrezaException.NotFound e) {
      System.err.println(id + " is gone");
    } catch (TrezaException e) {
      System.err.println(
          e.getMessage() + (e.isTransient() ? "; later it may work" : "; it will not pass"));
    }
    return Optional.empty();
  }

  static Enclave withinSeconds(TrezaClient client, String id) {
    return client.withTimeout(Duration.ofSeconds(5)).getEnclave(id);
  }

  static CompletableFuture<Enclave> later(TrezaClient client, String id) {
    return client.async(c -> c.getEnclave(id)).orTimeout(10, TimeUnit.SECONDS);
  }

  static TrezaClient configured(URI platform, Supplier<Credentials> rotating) {
    return TrezaClient.builder()
        .baseUrl(platform)
        .credentials(rotating)
        .retries(new RetryPolicy(5, Duration.ofMillis(200), Duration.ofSeconds(10)))
        .callTimeout(Duration.ofMinutes(1))
        .callListener(call -> System.out.println(
            call.method() + " " + call.route() + " " + call.duration().toMillis() + " ms"))
        .build();
  }

  static void follow(TrezaClient client, String id) {
    try (Stream<LogEntry> lines = client.followEnclaveLogs(id, LogType.APPLICATION)) {
      lines.forEach(line -> System.out.println(line.message()));
    }
  }

  static ApiAnswer anythingElse(TrezaClient client, String proofId) {
    return client.request(ApiRequest.get("/api/kyc/proof/{id}", proofId));
  }
}
