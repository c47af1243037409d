package io.treza.samples.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.AuditVerdict.Result;
import io.treza.attestation.reference.InMemorySequenceStore;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.Signer;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The two ends of the sample meet: published, verified, revoked, refused. */
class SignedReleasesTest {
  private static final byte[] NONCE = new byte[32];
  private static final String IMAGE = "sha256:" + "1d".repeat(32);

  @Test
  void verifiesWhatIsPublishedUntilItIsRevoked() throws Exception {
    Publisher publisher = new Publisher(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, (byte) 1);
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
    byte[] document = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(pcr, pcr, pcr)
        .build()
        .attest(Optional.of(NONCE), Optional.empty(), Optional.empty());
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("sample", root.certificate().der()))
        .build();
    ReferenceValuesVerifier files =
        SignedReleases.accepting(publisher.pem(), new InMemorySequenceStore());

    Instant now = Instant.now();
    ReferenceValues first = ReferenceValues.builder("payments")
        .sequence(41)
        .release(release("02", now))
        .build();
    byte[] published = SignedReleases.publish(first, release("01", now), now, publisher);
    Release matched = SignedReleases.verify(files, published, verifier, document, NONCE);
    assertEquals("v01", matched.name());

    ReferenceValues second = files.verify(published).values();
    byte[] revoked = SignedReleases.revoke(second, "v01", now, publisher);
    AttestationRejectedException refused = assertThrows(
        AttestationRejectedException.class,
        () -> SignedReleases.verify(files, revoked, verifier, document, NONCE));
    assertEquals(Reason.RELEASE_REVOKED, refused.reason());
  }

  private static Release release(String fill, Instant scanned) {
    String pcr = fill.repeat(48);
    return SignedReleases.describe(
            Measurements.builder()
                .release("v" + fill)
                .pcr(0, pcr)
                .pcr(1, pcr)
                .pcr(2, pcr)
                .build(),
            new Release.Eif(fill.repeat(32), fill.repeat(48)),
            new Release.Image("registry.example/payments", IMAGE))
        .toBuilder()
        .audit(new AuditVerdict(
            IMAGE,
            new AuditVerdict.Policy("production", IMAGE),
            Optional.of(new AuditVerdict.Scan("grype", "0.87.0", scanned)),
            new TreeMap<>(Map.of("H01", Result.PASS, "H04", Result.PASS, "H07", Result.PASS))))
        .build();
  }

  /** Signs with a key in memory. */
  private record Publisher(KeyPair key) implements Signer {
    @Override
    public Algorithm algorithm() {
      return Algorithm.ED25519;
    }

    @Override
    public PublicKey publicKey() {
      return key.getPublic();
    }

    @Override
    public byte[] sign(byte[] message) throws SignatureException {
      try {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(key.getPrivate());
        signature.update(message);
        return signature.sign();
      } catch (GeneralSecurityException e) {
        throw new SignatureException(e);
      }
    }

    byte[] pem() {
      return ("-----BEGIN PUBLIC KEY-----\n"
              + Base64.getEncoder().encodeToString(publicKey().getEncoded())
              + "\n-----END PUBLIC KEY-----\n")
          .getBytes(StandardCharsets.US_ASCII);
    }
  }
}
