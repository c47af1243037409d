package io.treza.samples.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.InMemoryConsumedNonces;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.StatelessChallengeStore;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
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
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The keeper gives its secret to enclaves of a release in force, and refuses all else by reason. */
class KeeperTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String APPLICATION = "orders";

  private final InstantSource clock = InstantSource.fixed(NOW);
  private final DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, clock);
  private final TestSigner publisher = TestSigner.create();
  private final AcceptedReleases releases =
      new AcceptedReleases(TrustedKeys.of(List.of(publisher.publicKey())), APPLICATION);
  private final Keeper keeper = keeper(root);
  private final KeyPair key = SealedSecret.newKey();

  private Keeper keeper(DevelopmentRoot trusted) {
    return new Keeper(
        AttestationVerifier.builder()
            .clock(clock)
            .trustAnchors(TrustAnchor.development("test", trusted.certificate().der()))
            .build(),
        releases,
        new StatelessChallengeStore(
            clock, new byte[32], new InMemoryConsumedNonces(clock, 100)));
  }

  private SimulatedNsm enclave(int image) {
    return nsm(root, image).build();
  }

  private SimulatedNsm.Builder nsm(DevelopmentRoot under, int image) {
    return SimulatedNsm.builder(CertificateChain.builder(under).clock(clock).build())
        .measurements(pcr(image), pcr(image + 1), pcr(image + 2));
  }

  private static byte[] pcr(int value) {
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, (byte) value);
    return pcr;
  }

  private ReferenceValues values(long sequence, ReleaseStatus status) {
    HexFormat hex = HexFormat.of();
    Measurements measured = Measurements.builder()
        .release("1.0")
        .pcr(0, hex.formatHex(pcr(10)))
        .pcr(1, hex.formatHex(pcr(11)))
        .pcr(2, hex.formatHex(pcr(12)))
        .build();
    return ReferenceValues.builder(APPLICATION)
        .sequence(sequence)
        .issuedAt(NOW)
        .expiresAt(ReferenceValues.NEVER)
        .release(Release.builder(measured)
            .eif(new Release.Eif(hex.formatHex(new byte[32]), hex.formatHex(pcr(1))))
            .status(status)
            .build())
        .build();
  }

  private void publish(long sequence, ReleaseStatus status) throws Exception {
    releases.accept(values(sequence, status).sign(publisher));
  }

  private byte[] document(SimulatedNsm nsm, byte[] nonce) {
    return nsm.attest(
        Optional.of(nonce),
        Optional.of(Keeper.purpose()),
        Optional.of(key.getPublic().getEncoded()));
  }

  private void assertRefused(Reason reason, byte[] document) {
    assertRefused(keeper, reason, document);
  }

  private static void assertRefused(Keeper keeper, Reason reason, byte[] document) {
    String message =
        String.valueOf(assertThrows(Keeper.Refused.class, () -> keeper.release(document)).getMessage());
    assertTrue(message.contains(reason.name()), message);
  }

  @Test
  void givesItsSecretToTheKeyInTheDocument() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    byte[] nonce = keeper.challenge();
    byte[] first = SealedSecret.open(key, nonce, keeper.release(document(enclave(10), nonce)));
    byte[] again = keeper.challenge();
    byte[] second = SealedSecret.open(key, again, keeper.release(document(enclave(10), again)));
    assertEquals(32, first.length);
    assertArrayEquals(first, second, "two enclaves of the release share the secret");
    assertThrows(
        GeneralSecurityException.class,
        () -> SealedSecret.open(
            SealedSecret.newKey(), again, keeper.release(document(enclave(10), keeper.challenge()))));
  }

  @Test
  void refusesAnotherImage() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    assertRefused(Reason.MEASUREMENT_MISMATCH, document(enclave(20), keeper.challenge()));
  }

  @Test
  void refusesDebugMode() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    SimulatedNsm debug = nsm(root, 10).debugMode(true).build();
    assertRefused(Reason.DEBUG_MODE, document(debug, keeper.challenge()));
  }

  @Test
  void refusesAReplay() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    byte[] document = document(enclave(10), keeper.challenge());
    keeper.release(document);
    assertRefused(Reason.CHALLENGE_CONSUMED, document);
  }

  @Test
  void refusesANonceThatItNeverMade() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    assertRefused(Reason.CHALLENGE_UNKNOWN, document(enclave(10), new byte[32]));
  }

  @Test
  void refusesADocumentMadeForSomethingElse() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    byte[] document = enclave(10)
        .attest(
            Optional.of(keeper.challenge()),
            Optional.of(new byte[32]),
            Optional.of(key.getPublic().getEncoded()));
    assertRefused(Reason.USER_DATA_MISMATCH, document);
  }

  @Test
  void refusesHardwareThatItDoesNotTrust() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    DevelopmentRoot other = DevelopmentRoot.create(Naming.SIMULATED, clock);
    assertRefused(
        Reason.UNTRUSTED_ROOT, document(nsm(other, 10).build(), keeper.challenge()));
  }

  @Test
  void refusesARevokedRelease() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    publish(2, ReleaseStatus.REVOKED);
    assertRefused(Reason.RELEASE_REVOKED, document(enclave(10), keeper.challenge()));
  }

  @Test
  void refusesAllUntilItHasReferenceValues() {
    assertRefused(
        Reason.REFERENCE_VALUES_UNAVAILABLE, document(enclave(10), keeper.challenge()));
  }

  @Test
  void refusesADocumentWithoutKeyOrWithAnotherSortOfKey() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    for (Optional<byte[]> wrong : List.<Optional<byte[]>>of(
        Optional.empty(), Optional.of(publisher.publicKey().getEncoded()))) {
      byte[] document = enclave(10)
          .attest(Optional.of(keeper.challenge()), Optional.of(Keeper.purpose()), wrong);
      assertThrows(Keeper.Refused.class, () -> keeper.release(document));
    }
  }

  /** Who brings an old file would bring a revoked release back. */
  @Test
  void takesNoOlderReferenceValuesAndNoneOfAnotherSigner() throws Exception {
    publish(2, ReleaseStatus.REVOKED);
    assertThrows(ReferenceValuesException.class, () -> publish(1, ReleaseStatus.ACTIVE));
    byte[] foreign = values(3, ReleaseStatus.ACTIVE).sign(TestSigner.create());
    assertThrows(ReferenceValuesException.class, () -> releases.accept(foreign));
    assertRefused(Reason.RELEASE_REVOKED, document(enclave(10), keeper.challenge()));
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
