package io.treza.samples.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.testkit.SimulatedNsm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The keeper gives its secret to enclaves of a release in force, and refuses all else by reason. */
class KeeperTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String APPLICATION = "orders";

  private final Simulation simulation = new Simulation(InstantSource.fixed(NOW));
  private final AcceptedReleases releases = simulation.releases(APPLICATION);
  private final Keeper keeper = simulation.keeper(releases);
  private final KeyPair key = SealedSecret.newKey();

  private void publish(long sequence, ReleaseStatus status) throws Exception {
    releases.accept(simulation.signed(APPLICATION, sequence, status));
  }

  private SimulatedNsm enclave(int image) {
    return simulation.nsm(image).build();
  }

  private byte[] document(SimulatedNsm nsm, byte[] nonce) {
    return nsm.attest(
        Optional.of(nonce),
        Optional.of(Keeper.purpose()),
        Optional.of(key.getPublic().getEncoded()));
  }

  private void assertRefused(Reason reason, byte[] document) {
    String message = String.valueOf(
        assertThrows(Keeper.Refused.class, () -> keeper.release(document)).getMessage());
    assertTrue(message.contains(reason.name()), message);
  }

  @Test
  void givesItsSecretToTheKeyInTheDocument() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    byte[] nonce = keeper.challenge();
    byte[] first =
        SealedSecret.open(key, nonce, keeper.release(document(enclave(Simulation.RIGHT), nonce)));
    byte[] again = keeper.challenge();
    byte[] second =
        SealedSecret.open(key, again, keeper.release(document(enclave(Simulation.RIGHT), again)));
    assertEquals(32, first.length);
    assertArrayEquals(first, second, "two enclaves of the release share the secret");
    assertThrows(
        GeneralSecurityException.class,
        () -> SealedSecret.open(
            SealedSecret.newKey(),
            again,
            keeper.release(document(enclave(Simulation.RIGHT), keeper.challenge()))));
  }

  @Test
  void refusesAnotherImage() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    assertRefused(
        Reason.MEASUREMENT_MISMATCH, document(enclave(Simulation.WRONG), keeper.challenge()));
  }

  @Test
  void refusesDebugMode() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    SimulatedNsm debug = simulation.nsm(Simulation.RIGHT).debugMode(true).build();
    assertRefused(Reason.DEBUG_MODE, document(debug, keeper.challenge()));
  }

  @Test
  void refusesAReplay() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    byte[] document = document(enclave(Simulation.RIGHT), keeper.challenge());
    keeper.release(document);
    assertRefused(Reason.CHALLENGE_CONSUMED, document);
  }

  @Test
  void refusesANonceThatItNeverMade() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    assertRefused(Reason.CHALLENGE_UNKNOWN, document(enclave(Simulation.RIGHT), new byte[32]));
  }

  @Test
  void refusesADocumentMadeForSomethingElse() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    byte[] document = enclave(Simulation.RIGHT)
        .attest(
            Optional.of(keeper.challenge()),
            Optional.of(new byte[32]),
            Optional.of(key.getPublic().getEncoded()));
    assertRefused(Reason.USER_DATA_MISMATCH, document);
  }

  @Test
  void refusesHardwareThatItDoesNotTrust() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    SimulatedNsm other =
        new Simulation(InstantSource.fixed(NOW)).nsm(Simulation.RIGHT).build();
    assertRefused(Reason.UNTRUSTED_ROOT, document(other, keeper.challenge()));
  }

  @Test
  void refusesARevokedRelease() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    publish(2, ReleaseStatus.REVOKED);
    assertRefused(Reason.RELEASE_REVOKED, document(enclave(Simulation.RIGHT), keeper.challenge()));
  }

  @Test
  void refusesAllUntilItHasReferenceValues() {
    assertRefused(
        Reason.REFERENCE_VALUES_UNAVAILABLE,
        document(enclave(Simulation.RIGHT), keeper.challenge()));
  }

  @Test
  void refusesADocumentWithoutKeyOrWithAnotherSortOfKey() throws Exception {
    publish(1, ReleaseStatus.ACTIVE);
    for (Optional<byte[]> wrong :
        List.<Optional<byte[]>>of(Optional.empty(), Optional.of(new byte[44]))) {
      byte[] document = enclave(Simulation.RIGHT)
          .attest(Optional.of(keeper.challenge()), Optional.of(Keeper.purpose()), wrong);
      assertThrows(Keeper.Refused.class, () -> keeper.release(document));
    }
  }

  /** Who brings an old file would bring a revoked release back. */
  @Test
  void takesNoOlderReferenceValuesAndNoneOfAnotherSigner() throws Exception {
    publish(2, ReleaseStatus.REVOKED);
    assertThrows(ReferenceValuesException.class, () -> publish(1, ReleaseStatus.ACTIVE));
    byte[] foreign = simulation.forged(APPLICATION, 3, ReleaseStatus.ACTIVE);
    assertThrows(ReferenceValuesException.class, () -> releases.accept(foreign));
    assertRefused(Reason.RELEASE_REVOKED, document(enclave(Simulation.RIGHT), keeper.challenge()));
  }
}
