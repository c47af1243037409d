package io.treza.aws;

import static io.treza.attestation.ChallengeStatus.EXPIRED;
import static io.treza.attestation.ChallengeStatus.OTHER_PURPOSE;
import static io.treza.attestation.ChallengeStatus.OUTSTANDING;
import static io.treza.attestation.ChallengeStatus.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Single use in a real table, and what each clock makes of a lifetime. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DynamoDbChallengeStoreTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00.123Z");

  private LocalDynamoDb dynamoDb;
  private DynamoDbTable table;
  private DynamoDbTable another;
  private ChallengeStore store;
  private ChallengeStore elsewhere;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    dynamoDb = new LocalDynamoDb(directory);
    table = dynamoDb.table("challenges");
    another = dynamoDb.table("challenges");
    store = at(NOW);
    elsewhere = new DynamoDbChallengeStore(another, () -> NOW);
  }

  @AfterAll
  void stop() {
    table.close();
    another.close();
    dynamoDb.close();
  }

  private ChallengeStore at(Instant now) {
    return new DynamoDbChallengeStore(table, () -> now);
  }

  @Test
  void aChallengeIsConsumedOnceAndLookingHasNoEffect() {
    Challenge challenge = store.issue("a", MINUTE);
    byte[] nonce = challenge.nonce();
    assertEquals(NOW.plus(MINUTE), challenge.expiresAt());
    assertEquals(OUTSTANDING, store.look(nonce, "a"));
    assertEquals(OUTSTANDING, elsewhere.look(nonce, "a"));
    assertEquals(OUTSTANDING, elsewhere.consume(nonce, "a"));
    assertEquals(UNKNOWN, store.look(nonce, "a"));
    assertEquals(UNKNOWN, store.consume(nonce, "a"));
  }

  @Test
  void ofSixtyFourWhoConsumeAtOnceOnTwoMachinesOneWins() throws Exception {
    for (int round = 0; round < 5; round++) {
      byte[] nonce = store.issue("a", MINUTE).nonce();
      List<ChallengeStatus> answers =
          Contention.together(caller -> (caller % 2 == 0 ? store : elsewhere).consume(nonce, "a"));
      assertEquals(1, Collections.frequency(answers, OUTSTANDING));
      assertEquals(Contention.CALLERS - 1, Collections.frequency(answers, UNKNOWN));
    }
  }

  @Test
  void underFireNoChallengeIsConsumedTwice() throws Exception {
    List<byte[]> nonces = new ArrayList<>();
    List<AtomicInteger> wins = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      nonces.add(store.issue("a", MINUTE).nonce());
      wins.add(new AtomicInteger());
    }
    AtomicInteger asked = new AtomicInteger();
    Contention.together(caller -> {
      for (int i = 0; i < nonces.size(); i++) {
        if (asked.incrementAndGet() == 1000) {
          restart();
        }
        try {
          if ((caller % 2 == 0 ? store : elsewhere).consume(nonces.get(i), "a") == OUTSTANDING) {
            wins.get(i).incrementAndGet();
          }
        } catch (IllegalStateException refused) {
          // The server is down: this caller gets nothing.
        }
      }
      return caller;
    });
    for (int i = 0; i < nonces.size(); i++) {
      assertTrue(wins.get(i).get() <= 1, "consumed " + wins.get(i) + " times");
      assertEquals(UNKNOWN, wins.get(i).get() == 1 ? store.consume(nonces.get(i), "a") : UNKNOWN);
    }
    assertEquals(1, wins.get(0).get(), "the first was consumed while all was well");
  }

  private void restart() {
    dynamoDb.kill();
    try {
      dynamoDb.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anotherPurposeConsumesNothing() {
    byte[] nonce = store.issue("a", MINUTE).nonce();
    for (String other : new String[] {"b", "", "a ", "A"}) {
      assertEquals(OTHER_PURPOSE, store.look(nonce, other));
      assertEquals(OTHER_PURPOSE, store.consume(nonce, other));
    }
    assertEquals(OUTSTANDING, store.consume(nonce, "a"));
  }

  @Test
  void purposesAreComparedByteForByte() {
    Set<String> purposes =
        Set.of("", " ", "\u0000", ":now", "purpose", "ı", "i", "x".repeat(300_000));
    for (String purpose : purposes) {
      byte[] nonce = store.issue(purpose, MINUTE).nonce();
      for (String other : purposes) {
        if (!other.equals(purpose)) {
          assertEquals(OTHER_PURPOSE, store.consume(nonce, other));
        }
      }
      assertEquals(OUTSTANDING, store.consume(nonce, purpose));
    }
    assertThrows(IllegalStateException.class, () -> store.issue("x".repeat(410_000), MINUTE));
  }

  @Test
  void aChallengeLivesToItsLastMomentByTheClockOfWhoeverConsumes() {
    Instant end = NOW.plus(MINUTE);
    byte[] first = store.issue("a", MINUTE).nonce();
    assertEquals(OUTSTANDING, at(end).look(first, "a"));
    assertEquals(OUTSTANDING, at(end).consume(first, "a"));
    byte[] second = store.issue("a", MINUTE).nonce();
    for (Instant late :
        new Instant[] {end.plusNanos(1), end.plusMillis(1), end.plus(Duration.ofDays(36_500))}) {
      assertEquals(EXPIRED, at(late).look(second, "a"));
      assertEquals(EXPIRED, at(late).consume(second, "a"));
    }
    // A clock that is behind by an hour lets it live an hour longer, as documented.
    assertEquals(OUTSTANDING, at(NOW.minus(Duration.ofHours(1))).consume(second, "a"));
  }

  @Test
  void theTableIsToldWhenToTidyUp() {
    byte[] nonce = store.issue("a", MINUTE).nonce();
    Map<String, AttributeValue> item = table
        .client()
        .getItem(request -> request
            .tableName("challenges")
            .key(DynamoDbTable.key("challenge#" + HexFormat.of().formatHex(nonce), "challenge")))
        .item();
    assertEquals(
        Long.toString(NOW.plus(MINUTE).getEpochSecond() + 1),
        item.get(DynamoDbTable.TTL).n());
    assertEquals(
        DynamoDbTable.TTL,
        table
            .client()
            .describeTimeToLive(request -> request.tableName("challenges"))
            .timeToLiveDescription()
            .attributeName());
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
  }

  @Test
  void noncesOfAnotherLengthAreUnknown() {
    for (int length : new int[] {0, 31, 33, 512}) {
      assertEquals(UNKNOWN, store.look(new byte[length], "a"));
      assertEquals(UNKNOWN, store.consume(new byte[length], "a"));
    }
  }

  @Test
  void whatAnotherWroteUnderAKeyIsNoChallenge() {
    byte[] nonce = new byte[32];
    table
        .client()
        .putItem(request -> request
            .tableName("challenges")
            .item(DynamoDbTable.key("challenge#" + HexFormat.of().formatHex(nonce), "challenge")));
    String message = assertThrows(IllegalStateException.class, () -> store.consume(nonce, "a"))
        .getMessage();
    assertTrue(message.contains("something else writes this table"), message);
    assertThrows(IllegalStateException.class, () -> store.look(nonce, "a"));
  }

  @Test
  void sequencesOnlyRise() throws Exception {
    DynamoDbSequenceStore sequences = new DynamoDbSequenceStore(table);
    assertEquals(0, sequences.raise("app", 0));
    assertEquals(9, sequences.raise("app", 9));
    assertEquals(10, sequences.raise("app", 10), "as numbers, not as text");
    assertEquals(10, sequences.raise("app", 9));
    assertEquals(10, sequences.raise("app", 10));
    assertEquals(1, sequences.raise("another", 1));
    List<Long> answers =
        Contention.together(caller -> sequences.raise("race", (caller * 37L) % 64));
    for (int caller = 0; caller < Contention.CALLERS; caller++) {
      assertTrue(answers.get(caller) >= (caller * 37L) % 64);
    }
    assertEquals(63, sequences.raise("race", 0));
    restart();
    assertEquals(63, sequences.raise("race", 1));
  }
}
