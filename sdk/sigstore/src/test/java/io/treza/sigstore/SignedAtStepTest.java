package io.treza.sigstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sigstore.encryption.certificates.Certificates;
import dev.sigstore.rekor.client.ImmutableRekorEntry;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A certificate counts only at a time that its own validity covers, ends included. */
class SignedAtStepTest {
  @ParameterizedTest
  @CsvSource({"-1,false", "0,true", "600,true", "601,false"})
  void integratedTimeMustLieInTheCertificatesValidity(int seconds, boolean accepted)
      throws IOException, Refused {
    BundleDocument bundle = BundleDocument.parse(Bundles.bundle("happy-path-intoto-in-dsse-v3"));
    X509Certificate certificate = Certificates.getLeaf(bundle.certificates().orElseThrow());
    Instant start = certificate.getNotBefore().toInstant();
    assertEquals(start.plusSeconds(600), certificate.getNotAfter().toInstant());
    Instant integrated = start.plusSeconds(seconds);
    BundleDocument moved = new BundleDocument(
        bundle.certificates(),
        bundle.content(),
        List.of(ImmutableRekorEntry.builder()
            .from(bundle.entries().get(0))
            .integratedTime(integrated.getEpochSecond())
            .build()),
        List.of());
    SignedAtStep step = new SignedAtStep(Bundles.publicInstance().parsed());
    if (accepted) {
      assertEquals(List.of(integrated), step.check(moved, Optional.of(certificate)));
    } else {
      Refused refused =
          assertThrows(Refused.class, () -> step.check(moved, Optional.of(certificate)));
      assertEquals(BundleReason.SIGNED_AT, refused.rejection().reason());
    }
  }

  @Test
  void keyNeedsNoTime() throws IOException, Refused {
    BundleDocument bundle = BundleDocument.parse(Bundles.bundle("managed-key-happy-path"));
    BundleDocument unseen =
        new BundleDocument(Optional.empty(), bundle.content(), List.of(), List.of());
    assertEquals(
        List.of(),
        new SignedAtStep(Bundles.publicInstance().parsed()).check(unseen, Optional.empty()));
  }
}
