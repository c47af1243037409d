package io.treza.samples.service;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.InMemoryConsumedNonces;
import io.treza.attestation.Measurements;
import io.treza.attestation.StatelessChallengeStore;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.attestation.reference.Signer;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Enclaves that are simulated, who publishes what they measure to, and who judges them. */
final class Simulation {
  /** The image of the release. */
  static final int RIGHT = 10;

  /** Another image. */
  static final int WRONG = 20;

  private final InstantSource clock;
  private final DevelopmentRoot root;
  private final TestSigner publisher = TestSigner.create();

  Simulation(InstantSource clock) {
    this.clock = clock;
    this.root = DevelopmentRoot.create(Naming.SIMULATED, clock);
  }

  /** The NSM of an enclave of this image. */
  SimulatedNsm.Builder nsm(int image) {
    return SimulatedNsm.builder(CertificateChain.builder(root).clock(clock).build())
        .measurements(pcr(image), pcr(image + 1), pcr(image + 2));
  }

  private static byte[] pcr(int value) {
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, (byte) value);
    return pcr;
  }

  AttestationVerifier verifier() {
    return AttestationVerifier.builder()
        .clock(clock)
        .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
        .build();
  }

  /** None yet. */
  AcceptedReleases releases(String application) {
    return new AcceptedReleases(TrustedKeys.of(List.of(publisher.publicKey())), application);
  }

  Keeper keeper(AcceptedReleases releases) {
    return new Keeper(
        verifier(),
        releases,
        new StatelessChallengeStore(clock, new byte[32], new InMemoryConsumedNonces(clock, 100)));
  }

  /** Reference values with the right image's release. */
  byte[] signed(String application, long sequence, ReleaseStatus status) throws SignatureException {
    return signed(application, sequence, status, publisher);
  }

  /** The same, signed by somebody else. */
  byte[] forged(String application, long sequence, ReleaseStatus status) throws SignatureException {
    return signed(application, sequence, status, TestSigner.create());
  }

  private byte[] signed(String application, long sequence, ReleaseStatus status, Signer signer)
      throws SignatureException {
    HexFormat hex = HexFormat.of();
    Measurements measured = Measurements.builder()
        .release("1.0")
        .pcr(0, hex.formatHex(pcr(RIGHT)))
        .pcr(1, hex.formatHex(pcr(RIGHT + 1)))
        .pcr(2, hex.formatHex(pcr(RIGHT + 2)))
        .build();
    Instant now = clock.instant();
    return ReferenceValues.builder(application)
        .sequence(sequence)
        .issuedAt(now)
        .expiresAt(ReferenceValues.NEVER)
        .release(Release.builder(measured)
            .eif(new Release.Eif(hex.formatHex(new byte[32]), hex.formatHex(pcr(1))))
            .status(status)
            .build())
        .build()
        .sign(signer);
  }

  /** Signs with a key of its own. */
  private record TestSigner(KeyPair keys) implements Signer {
    static TestSigner create() {
      try {
        return new TestSigner(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Algorithm algorithm() {
      return Algorithm.ED25519;
    }

    @Override
    public PublicKey publicKey() {
      return keys.getPublic();
    }

    @Override
    public byte[] sign(byte[] message) throws SignatureException {
      try {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(keys.getPrivate());
        signature.update(message);
        return signature.sign();
      } catch (GeneralSecurityException e) {
        throw new SignatureException(e);
      }
    }
  }
}
