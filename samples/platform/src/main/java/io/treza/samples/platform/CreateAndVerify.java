package io.treza.samples.platform;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.Wait;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Creates an enclave on a platform of one's own ({@code treza serve}) and verifies it.
 *
 * <p>Usage: {@code CreateAndVerify PLATFORM-URL IMAGE PINS DEVELOPMENT-ROOT}, for example {@code
 * CreateAndVerify http://127.0.0.1:3000 oci:service pins.json .treza/development-root.der}, with
 * {@code TREZA_WALLET_ADDRESS} and {@code TREZA_API_KEY} in the environment.
 */
public final class CreateAndVerify {
  private CreateAndVerify() {}

  /** Entry point. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ReferenceValuesException,
          AttestationRejectedException {
    TrustAnchor root = TrustAnchor.development("my platform", Files.readAllBytes(Path.of(args[3])));
    VerifiedAttestation attestation = create(
        URI.create(args[0]),
        environment("TREZA_WALLET_ADDRESS"),
        environment("TREZA_API_KEY"),
        args[1],
        ReferenceValues.parseUnsigned(Files.readAllBytes(Path.of(args[2])), args[2]),
        AttestationVerifier.builder().trustAnchors(root).build());
    System.out.println(attestation.moduleId() + " runs " + attestation.measurements());
  }

  private static String environment(String name) {
    return Optional.ofNullable(System.getenv(name))
        .orElseThrow(() -> new IllegalStateException(name + " is not set"));
  }

  static VerifiedAttestation create(
      URI platform,
      String wallet,
      String apiKey,
      String image,
      ReferenceValues releases,
      AttestationVerifier verifier)
      throws InterruptedException, AttestationRejectedException {
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(platform)
        .walletAddress(wallet)
        .apiKey(apiKey)
        .verifier(verifier)
        .build()) {
      Enclave enclave = client.createEnclave(CreateEnclaveRequest.builder(image)
          .name("service")
          .description("quick start")
          .region("eu-west-1")
          .build());
      return client.waitUntilAttested(
          enclave.id(), Expectation.releases(releases), Duration.ofMinutes(15));
    }
  }

  /** For a platform that returns no evidence: the workload itself is asked. */
  static TrezaClient askingTheWorkload(URI endpoint) {
    return TrezaClient.builder().evidenceSource(EvidenceSource.http(endpoint)).build();
  }

  /** An enclave whose workload is reached at port 8443 and reaches one host, and where it is. */
  static InetSocketAddress reachable(TrezaClient client, String image) throws InterruptedException {
    Enclave enclave = client.createEnclave(CreateEnclaveRequest.builder(image)
        .name("orders")
        .description("takes orders")
        .region("eu-west-1")
        .exposePort(8443)
        .allowHost("bank.example.com:443")
        .build());
    client.waitUntilDeployed(enclave.id(), Wait.atMost(Duration.ofMinutes(15)));
    InetSocketAddress address = client.getEnclave(enclave.id()).endpoints().get(8443);
    if (address == null) {
      throw new IllegalStateException("the platform exposes no port of " + enclave.id());
    }
    return address;
  }
}
