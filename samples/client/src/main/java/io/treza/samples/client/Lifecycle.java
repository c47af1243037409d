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
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * From nothing to a verified enclave and back, with the platform named in the environment.
 *
 * <p>Usage: {@code Lifecycle IMAGE PINS DEVELOPMENT-ROOT-PEM}. Exit status 1 if the evidence is
 * refused, 2 if the platform fails.
 */
public final class Lifecycle {
  private Lifecycle() {}

  /** Entry point. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ReferenceValuesException {
    ReferenceValues release =
        ReferenceValues.parseUnsigned(Files.readAllBytes(Path.of(args[1])), args[1]);
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.ofRoot(args[2], Files.readAllBytes(Path.of(args[2]))))
        .build();
    try (TrezaClient client = TrezaClient.fromEnvironment(b -> b.verifier(verifier))) {
      VerifiedAttestation attestation = create(client, args[0], release);
      System.out.println("verified " + attestation.moduleId());
    } catch (AttestationRejectedException e) {
      System.out.println("refused " + e.rejection().reason());
      System.exit(1);
    } catch (TrezaException e) {
      System.out.println("failed " + e.getMessage());
      System.exit(2);
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
        enclave.id(), Expectation.releases(release), Wait.atMost(Duration.ofMinutes(15)));
  }
}
