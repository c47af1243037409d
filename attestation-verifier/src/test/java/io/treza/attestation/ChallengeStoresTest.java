package io.treza.attestation;

import static io.treza.attestation.ChallengeStatus.CONSUMED;
import static io.treza.attestation.ChallengeStatus.EXPIRED;
import static io.treza.attestation.ChallengeStatus.OTHER_PURPOSE;
import static io.treza.attestation.ChallengeStatus.OUTSTANDING;
import static io.treza.attestation.ChallengeStatus.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** What each store answers, and when it forgets. */
class ChallengeStoresTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String PURPOSE = "a";

  /** A clock that stands until it is set. */
  private static final class Hands implements InstantSource {
    private Instant now = Instant.parse("2026-01-15T12:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    void advance(Duration by) {
      now = now.plus(by);
    }
  }

  private final Hands clock = new Hands();
  private final InMemoryConsumedNonces consumed = new InMemoryConsumedNonces(clock, 2);
  private final InMemoryChallengeStore memory = new InMemoryChallengeStore(clock, 2);
  private final StatelessChallengeStore stateless = stateless(0);

  private StatelessChallengeStore stateless(int lastKeyByte) {
    byte[] key = new byte[32];
    key[31] = (byte) lastKeyByte;
    return new StatelessChallengeStore(clock, key, consumed);
  }

  @Test
  void bothConsumeOnceAndLookWithoutEffect() {
    for (ChallengeStore store : new ChallengeStore[] {memory, stateless}) {
      byte[] nonce = store.issue(PURPOSE, MINUTE).nonce();
      assertEquals(OUTSTANDING, store.look(nonce, PURPOSE));
      assertEquals(OUTSTANDING, store.look(nonce, PURPOSE));
      assertEquals(OUTSTANDING, store.consume(nonce, PURPOSE));
      assertEquals(CONSUMED, store.look(nonce, PURPOSE));
      assertEquals(CONSUMED, store.consume(nonce, PURPOSE));
    }
  }

  @Test
  void bothExpireAfterTheLastMomentThatTheyPromised() {
    for (ChallengeStore store : new ChallengeStore[] {memory, stateless}) {
      Challenge challenge = store.issue(PURPOSE, MINUTE);
      assertEquals(clock.instant().plus(MINUTE), challenge.expiresAt());
      clock.advance(MINUTE);
      assertEquals(OUTSTANDING, store.look(challenge.nonce(), PURPOSE));
      clock.advance(Duration.ofMillis(1));
      assertEquals(EXPIRED, store.look(challenge.nonce(), PURPOSE));
      assertEquals(EXPIRED, store.consume(challenge.nonce(), PURPOSE));
      clock.advance(Duration.ofMillis(999)); // to a whole second, where the next one begins
    }
  }

  @Test
  void bothIssueDifferentNoncesOf32Bytes() {
    for (ChallengeStore store : new ChallengeStore[] {memory, stateless}) {
      Challenge first = store.issue(PURPOSE, MINUTE);
      Challenge second = store.issue(PURPOSE, MINUTE);
      assertEquals(32, first.nonce().length);
      assertEquals(PURPOSE, first.purpose());
      // Beyond the stateless store's expiry, which both share.
      assertNotEquals(hex(first.nonce()).substring(8, 32), hex(second.nonce()).substring(8, 32));
      assertNotEquals("0".repeat(24), hex(first.nonce()).substring(8, 32));
    }
  }

  @Test
  void bothRefuseLifetimesThatAreNotPositive() {
    for (ChallengeStore store : new ChallengeStore[] {memory, stateless}) {
      for (Duration lifetime : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
        assertThrows(IllegalArgumentException.class, () -> store.issue(PURPOSE, lifetime));
      }
    }
  }

  @Test
  void memoryAnswersOtherPurposeWithoutConsuming() {
    byte[] nonce = memory.issue(PURPOSE, MINUTE).nonce();
    assertEquals(OTHER_PURPOSE, memory.look(nonce, "b"));
    assertEquals(OTHER_PURPOSE, memory.consume(nonce, "b"));
    assertEquals(OUTSTANDING, memory.consume(nonce, PURPOSE));
    assertEquals(OTHER_PURPOSE, memory.consume(nonce, "b"));
  }

  @Test
  void memoryRefusesToForgetWhatItHandedOut() {
    byte[] first = memory.issue(PURPOSE, MINUTE).nonce();
    byte[] second = memory.issue(PURPOSE, MINUTE.multipliedBy(2)).nonce();
    assertEquals(OUTSTANDING, memory.consume(first, PURPOSE));
    assertThrows(IllegalStateException.class, () -> memory.issue(PURPOSE, MINUTE));
    clock.advance(MINUTE);
    assertThrows(IllegalStateException.class, () -> memory.issue(PURPOSE, MINUTE));
    clock.advance(Duration.ofMillis(1));
    memory.issue(PURPOSE, MINUTE);
    assertEquals(UNKNOWN, memory.look(first, PURPOSE));
    assertEquals(OUTSTANDING, memory.look(second, PURPOSE));
  }

  @Test
  void memoryForgetsInOrderOfExpiryNotOfIssue() {
    byte[] later = memory.issue(PURPOSE, MINUTE.multipliedBy(2)).nonce();
    byte[] sooner = memory.issue(PURPOSE, MINUTE).nonce();
    clock.advance(MINUTE.plusMillis(1));
    memory.issue(PURPOSE, MINUTE);
    assertEquals(UNKNOWN, memory.look(sooner, PURPOSE));
    assertEquals(OUTSTANDING, memory.look(later, PURPOSE));
  }

  @Test
  void capacitiesMustBePositive() {
    assertThrows(IllegalArgumentException.class, () -> new InMemoryChallengeStore(clock, 0));
    assertThrows(IllegalArgumentException.class, () -> new InMemoryConsumedNonces(clock, 0));
    assertEquals(32, new InMemoryChallengeStore(clock, 1).issue(PURPOSE, MINUTE).nonce().length);
  }

  @Test
  void statelessKnowsOnlyItsOwnKeyAndPurpose() {
    byte[] nonce = stateless.issue(PURPOSE, MINUTE).nonce();
    assertEquals(UNKNOWN, stateless(1).look(nonce, PURPOSE));
    assertEquals(UNKNOWN, stateless(1).consume(nonce, PURPOSE));
    assertEquals(UNKNOWN, stateless.look(nonce, "b"));
    assertEquals(UNKNOWN, stateless.consume(nonce, ""));
    assertEquals(OUTSTANDING, stateless(0).consume(nonce, PURPOSE));
    assertEquals(CONSUMED, stateless.consume(nonce, PURPOSE));
  }

  @Test
  void statelessRefusesNonceWithAnyBitFlipped() {
    byte[] nonce = stateless.issue(PURPOSE, MINUTE).nonce();
    for (int bit = 0; bit < 8 * nonce.length; bit++) {
      byte[] flipped = nonce.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertEquals(UNKNOWN, stateless.look(flipped, PURPOSE), "bit " + bit);
    }
  }

  @Test
  void statelessRefusesNonceOfAnyOtherLength() {
    byte[] nonce = stateless.issue(PURPOSE, MINUTE).nonce();
    for (int length : new int[] {0, 1, 16, 31, 33, 64}) {
      assertEquals(UNKNOWN, stateless.look(Arrays.copyOf(nonce, length), PURPOSE));
      assertEquals(UNKNOWN, stateless.consume(Arrays.copyOf(nonce, length), PURPOSE));
    }
  }

  @Test
  void statelessWritesExpiryInFront() {
    Challenge challenge = stateless.issue(PURPOSE, Duration.ofMillis(61_999));
    assertEquals(clock.instant().plusSeconds(61), challenge.expiresAt());
    assertEquals(
        HexFormat.of().toHexDigits((int) challenge.expiresAt().getEpochSecond()),
        hex(challenge.nonce()).substring(0, 8));
  }

  @Test
  void statelessIssuesUpTo2106AndNotBeyond() {
    Instant last = Instant.ofEpochSecond(0xffff_ffffL);
    Duration longest = Duration.between(clock.instant(), last);
    Challenge challenge = stateless.issue(PURPOSE, longest);
    assertEquals(last, challenge.expiresAt());
    assertEquals(OUTSTANDING, stateless.look(challenge.nonce(), PURPOSE));
    assertThrows(
        IllegalArgumentException.class, () -> stateless.issue(PURPOSE, longest.plusSeconds(1)));
    assertThrows(
        IllegalArgumentException.class, () -> stateless.issue(PURPOSE, Duration.ofMillis(999)));
    stateless.issue(PURPOSE, Duration.ofSeconds(1));
  }

  @Test
  void statelessNeedsAKeyOf32Bytes() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new StatelessChallengeStore(clock, new byte[31], consumed));
  }

  @Test
  void statelessRefusesWhenConsumedNoncesAreFull() {
    byte[] third = stateless.issue(PURPOSE, MINUTE).nonce();
    for (int i = 0; i < 2; i++) {
      assertEquals(
          OUTSTANDING, stateless.consume(stateless.issue(PURPOSE, MINUTE).nonce(), PURPOSE));
    }
    Trial trial = new Trial()
        .document(d -> d.nonce(third))
        .expecting(
            Expectation.acceptAnyMeasurement().challenge(stateless, PURPOSE).build());
    assertEquals(Reason.CHALLENGE_STORE_FAILED, ((Rejection) trial.judge()).reason());
    clock.advance(MINUTE.plusMillis(1));
    byte[] later = stateless.issue(PURPOSE, MINUTE).nonce();
    assertEquals(OUTSTANDING, stateless.consume(later, PURPOSE));
  }

  @Test
  void consumedNoncesAreRememberedUntilTheyExpire() {
    Instant expiry = clock.instant().plus(MINUTE);
    byte[] nonce = {1};
    assertFalse(consumed.contains(nonce));
    assertTrue(consumed.add(nonce, expiry));
    assertTrue(consumed.contains(nonce));
    clock.advance(MINUTE);
    assertFalse(consumed.add(nonce, expiry));
    clock.advance(Duration.ofMillis(1));
    // It may have been forgotten by now, so it must not be taken for new.
    assertFalse(consumed.add(nonce, expiry));
    assertFalse(consumed.contains(nonce));
    assertFalse(consumed.add(new byte[] {2}, expiry));
  }

  @Test
  void whatMayBeForgottenStaysRefusedWhenTheClockStepsBack() {
    Instant expiry = clock.instant().plus(MINUTE);
    byte[] nonce = {1};
    assertTrue(consumed.add(nonce, expiry));
    clock.advance(MINUTE.multipliedBy(2));
    assertTrue(consumed.add(new byte[] {2}, clock.instant().plus(MINUTE)));
    assertFalse(consumed.contains(nonce));
    clock.advance(MINUTE.multipliedBy(-2));
    assertFalse(consumed.add(nonce, expiry));
    assertTrue(consumed.add(new byte[] {3}, expiry.plusMillis(1)));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
