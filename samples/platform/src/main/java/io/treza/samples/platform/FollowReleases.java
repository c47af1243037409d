package io.treza.samples.platform;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.publish.AttachedReferenceValues;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.reference.FileSequenceStore;
import io.treza.sdk.reference.ReferenceValuesFetcher;
import io.treza.sdk.reference.RefreshingReferenceValues;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A service that runs for months and accepts what its CI publishes meanwhile.
 *
 * <p>Usage: {@code FollowReleases PLATFORM-URL WALLET ENCLAVE-ID PUBLISHERS-KEY VALUES-URL}.
 */
public final class FollowReleases {
  private FollowReleases() {}

  /** Entry point. */
  public static void main(String[] args) throws IOException, AttestationRejectedException {
    ReferenceValuesVerifier verifier =
        verifier(Files.readAllBytes(Path.of(args[3])), Path.of("sequences"));
    try (TrezaClient client = TrezaClient.builder()
            .baseUrl(URI.create(args[0]))
            .walletAddress(args[1])
            .build();
        RefreshingReferenceValues releases = fromTheWeb(URI.create(args[4]), verifier)) {
      System.out.println(verify(client, args[2], releases).moduleId());
    }
  }

  static ReferenceValuesVerifier verifier(byte[] publisherKeys, Path sequences) {
    return ReferenceValuesVerifier.builder(TrustedKeys.ofPem(publisherKeys), "payments")
        .sequenceStore(new FileSequenceStore(sequences))
        .build();
  }

  static RefreshingReferenceValues fromTheWeb(URI values, ReferenceValuesVerifier verifier) {
    return RefreshingReferenceValues.builder(ReferenceValuesFetcher.https(values), verifier)
        .period(Duration.ofMinutes(10))
        .start();
  }

  static RefreshingReferenceValues fromTheRegistry(String image, ReferenceValuesVerifier verifier) {
    AttachedReferenceValues attached =
        AttachedReferenceValues.of(RegistryReference.parse(image), RegistryAccess.defaults());
    return RefreshingReferenceValues.builder(() -> attached.newest(verifier), verifier)
        .start();
  }

  static VerifiedAttestation verify(
      TrezaClient client, String enclaveId, RefreshingReferenceValues releases)
      throws AttestationRejectedException {
    return client.verifyAttestation(
        enclaveId,
        Expectation.releases(releases),
        e -> e.requireAudit(List.of("H02", "H07"), Duration.ofDays(30)));
  }
}
