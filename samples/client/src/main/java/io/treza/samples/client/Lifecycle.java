package io.treza.samples.client;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.RequestProblem;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.Wait;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * From nothing to a verified enclave and back, on a platform of one's own.
 *
 * <p>Usage: {@code Lifecycle PLATFORM-URL WALLET IMAGE PINS DEVELOPMENT-ROOT}. Exit status 1 if the
 * evidence is refused, 2 if the platform fails.
 */
public final class Lifecycle {
  private Lifecycle() {}

  /** Entry point. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ReferenceValuesException {
    ReferenceValues release =
        ReferenceValues.parseUnsigned(Files.readAllBytes(Path.of(args[3])), args[3]);
    TrustAnchor root = TrustAnchor.ofRoot(args[4], Files.readAllBytes(Path.of(args[4])));
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create(args[0]))
        .walletAddress(args[1])
        .verifier(AttestationVerifier.builder().trustAnchors(root).build())
        .build()) {
      VerifiedAttestation attestation = create(client, args[2], release);
      System.out.println("verified " + attestation.moduleId());
    } catch (AttestationRejectedException e) {
      System.out.println("refused " + e.rejection().reason());
      System.exit(1);
    } catch (TrezaException.InvalidRequest e) {
      for (RequestProblem problem : e.problems()) {
        System.out.println(problem);
      }
      System.exit(2);
    }
  }

  /** With the platform and the credentials that the environment names. */
  static VerifiedAttestation create(String image, ReferenceValues release)
      throws InterruptedException, AttestationRejectedException {
    try (TrezaClient client = TrezaClient.fromEnvironment()) {
      Enclave enclave = client.createEnclave(CreateEnclaveRequest.builder(image)
          .name("payments")
          .description("signs payouts")
          .region("eu-west-1")
          .build());
      return client.waitUntilAttested(
          enclave.id(), Expectation.releases(release), Duration.ofMinutes(15));
    }
  }

  static VerifiedAttestation create(TrezaClient client, String image, ReferenceValues release)
      throws InterruptedException, AttestationRejectedException {
    Enclave enclave = client.createEnclave(CreateEnclaveRequest.builder(image)
        .name("payments")
        .description("signs payouts")
        .region("eu-west-1")
        .build());
    return client.waitUntilAttested(
        enclave.id(), Expectation.releases(release), Duration.ofMinutes(15));
  }

  static void remove(TrezaClient client, String id) throws InterruptedException {
    client.terminateEnclave(id);
    client.waitUntilDestroyed(
        id,
        Wait.atMost(Duration.ofMinutes(10))
            .every(Duration.ofSeconds(10))
            .telling(progress -> System.out.println(progress)));
    client.deleteEnclave(id);
  }
}
