package io.treza.redis;

import static io.treza.attestation.ChallengeStatus.OTHER_PURPOSE;
import static io.treza.attestation.ChallengeStatus.OUTSTANDING;
import static io.treza.attestation.ChallengeStatus.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Challenge;
import io.treza.attestation.ChallengeStatus;
import io.treza.attestation.ChallengeStore;
import io.treza.testsupport.Contention;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** What the store answers while Redis runs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisChallengeStoreTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String PREFIX = "treza:challenge:";

  @AutoClose
  private RedisProcess redis;

  @AutoClose
  private RedisServer server;

  @AutoClose
  private RedisServer another;

  private ChallengeStore store;
  private ChallengeStore elsewhere;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    redis = new RedisProcess(directory, RedisProcess.SNAPSHOTS);
    server = redis.server();
    another = redis.server();
    store = new RedisChallengeStore(server, PREFIX, () -> NOW);
    // A machine whose clock is a day ahead.
    elsewhere = new RedisChallengeStore(another, PREFIX, () -> NOW.plus(Duration.ofDays(1)));
  }

  private static String key(byte[] nonce) {
    return PREFIX + HexFormat.of().formatHex(nonce);
  }

  @Test
  void aChallengeIsConsumedOnceAndLookingHasNoEffect() {
    Challenge challenge = store.issue("a", MINUTE);
    byte[] nonce = challenge.nonce();
    assertEquals(NOW.plus(MINUTE), challenge.expiresAt());
    assertEquals("a", challenge.purpose());
    assertEquals(OUTSTANDING, store.look(nonce, "a"));
    assertEquals(OUTSTANDING, store.look(nonce, "a"));
    assertEquals(OUTSTANDING, store.consume(nonce, "a"));
    assertEquals(UNKNOWN, store.look(nonce, "a"));
    assertEquals(UNKNOWN, store.consume(nonce, "a"));
  }

  @Test
  void ofSixtyFourWhoConsumeAtOnceOnTwoMachinesOneWins() throws Exception {
    for (int round = 0; round < 20; round++) {
      byte[] nonce = store.issue("a", MINUTE).nonce();
      List<ChallengeStatus> answers =
          Contention.together(caller -> (caller % 2 == 0 ? store : elsewhere).consume(nonce, "a"));
      assertEquals(1, Collections.frequency(answers, OUTSTANDING));
      assertEquals(Contention.CALLERS - 1, Collections.frequency(answers, UNKNOWN));
    }
  }

  @Test
  void anotherPurposeConsumesNothing() {
    byte[] nonce = store.issue("a", MINUTE).nonce();
    for (String other : new String[] {"b", "", "a ", " a", "A", "ab"}) {
      assertEquals(OTHER_PURPOSE, store.look(nonce, other));
      assertEquals(OTHER_PURPOSE, store.consume(nonce, other));
    }
    assertEquals(OUTSTANDING, store.consume(nonce, "a"));
  }

  @Test
  void purposesAreComparedByteForByte() {
    Set<String> purposes = Set.of(
        "",
        " ",
        "\u0000",
        "\r\n$4\r\nPING",
        "'; return 'OUTSTANDING",
        "\"",
        "ı",
        "i",
        "x".repeat(1 << 20));
    for (String purpose : purposes) {
      byte[] nonce = store.issue(purpose, MINUTE).nonce();
      for (String other : purposes) {
        if (!other.equals(purpose)) {
          assertEquals(OTHER_PURPOSE, store.consume(nonce, other));
        }
      }
      assertEquals(OUTSTANDING, store.consume(nonce, purpose));
    }
  }

  @Test
  void redisEndsAChallengeByItsOwnClock() {
    try (Jedis admin = redis.admin()) {
      byte[] nonce = elsewhere.issue("a", MINUTE).nonce();
      long now = admin.time().stream().findFirst().map(Long::parseLong).orElseThrow() * 1000;
      long end = admin.pexpireTime(key(nonce));
      assertTrue(end > now && end <= now + MINUTE.toMillis() + 1000, "ends " + (end - now));
      assertEquals(OUTSTANDING, store.look(nonce, "a"));
      admin.pexpireAt(key(nonce), now - 1);
      assertEquals(UNKNOWN, store.look(nonce, "a"));
      assertEquals(UNKNOWN, elsewhere.consume(nonce, "a"));
    }
  }

  @Test
  void lifetimesAreAMillisecondToADay() {
    for (Duration bad : new Duration[] {
      Duration.ZERO,
      Duration.ofMillis(-1),
      Duration.ofNanos(999_999),
      ChallengeStore.MAX_LIFETIME.plusNanos(1),
      Duration.ofSeconds(Long.MAX_VALUE)
    }) {
      assertThrows(IllegalArgumentException.class, () -> store.issue("a", bad));
    }
    byte[] nonce = store.issue("a", ChallengeStore.MAX_LIFETIME).nonce();
    assertEquals(OUTSTANDING, store.consume(nonce, "a"));
  }

  @Test
  void noncesOfAnotherLengthAreUnknownWithoutAQuestion() {
    RedisServer closed = redis.server();
    closed.close();
    ChallengeStore mute = new RedisChallengeStore(closed, PREFIX, InstantSource.system());
    for (int length : new int[] {0, 31, 33, 512}) {
      assertEquals(UNKNOWN, mute.look(new byte[length], "a"));
      assertEquals(UNKNOWN, mute.consume(new byte[length], "a"));
    }
    assertThrows(IllegalStateException.class, () -> mute.consume(new byte[32], "a"));
  }

  @Test
  void whatAnotherWroteUnderAKeyIsNoChallenge() {
    byte[] nonce = new byte[32];
    try (Jedis admin = redis.admin()) {
      for (String planted : new String[] {"", "a", " a", "0".repeat(40) + " a"}) {
        admin.set(key(nonce), planted);
        assertEquals(UNKNOWN, store.look(nonce, "a"));
        assertEquals(UNKNOWN, store.consume(nonce, "a"));
      }
      admin.del(key(nonce));
      admin.lpush(key(nonce), "a");
      String message = assertThrows(IllegalStateException.class, () -> store.consume(nonce, "a"))
          .getMessage();
      assertTrue(message.contains("WRONGTYPE"), message);
    }
  }

  @Test
  void storesOfAnotherPrefixKnowNothing() {
    byte[] nonce = store.issue("a", MINUTE).nonce();
    ChallengeStore other = new RedisChallengeStore(server, "other:", () -> NOW);
    assertEquals(UNKNOWN, other.consume(nonce, "a"));
    assertEquals(OUTSTANDING, store.consume(nonce, "a"));
  }

  @Test
  void noncesDiffer() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 100; i++) {
      assertTrue(seen.add(key(store.issue("a", MINUTE).nonce())));
    }
    Challenge challenge = store.issue("a", MINUTE);
    assertEquals(32, challenge.nonce().length);
    assertArrayEquals(challenge.nonce(), challenge.nonce());
    assertFalse(seen.contains(key(challenge.nonce())));
  }
}
