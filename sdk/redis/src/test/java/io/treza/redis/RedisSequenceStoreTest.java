package io.treza.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.SequenceStore;
import io.treza.testsupport.Contention;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Sequences only rise. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisSequenceStoreTest {
  @AutoClose
  private RedisProcess redis;

  @AutoClose
  private RedisServer server;

  private SequenceStore store;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    redis = new RedisProcess(directory, RedisProcess.SNAPSHOTS);
    server = redis.server();
    store = new RedisSequenceStore(server, "s:");
  }

  @Test
  void theHighestIsRememberedAndAnswered() {
    assertEquals(0, store.raise("app", 0));
    assertEquals(9, store.raise("app", 9));
    assertEquals(10, store.raise("app", 10), "as numbers, not as text");
    assertEquals(10, store.raise("app", 9));
    assertEquals(10, store.raise("app", 10));
    assertEquals(1, store.raise("another", 1));
    assertEquals(10, store.raise("app", 0));
  }

  @Test
  void theLargestSequencesAreToldApart() {
    long largest = ReferenceValues.MAX_SEQUENCE;
    assertEquals(largest - 1, store.raise("large", largest - 1));
    assertEquals(largest, store.raise("large", largest));
    assertEquals(largest, store.raise("large", largest - 1));
  }

  @Test
  void ofSixtyFourWhoRaiseAtOnceTheHighestStays() throws Exception {
    for (int round = 0; round < 10; round++) {
      String application = "race " + round;
      List<Long> answers =
          Contention.together(caller -> store.raise(application, (caller * 37L) % 64));
      for (int caller = 0; caller < Contention.CALLERS; caller++) {
        assertTrue(answers.get(caller) >= (caller * 37L) % 64);
      }
      assertEquals(63, store.raise(application, 0));
    }
  }

  @Test
  void whatIsNoSequenceIsNoAnswer() {
    try (Jedis admin = redis.admin()) {
      for (String planted : new String[] {"", "-1", "1e9", "0x10", " 5", "nan", "9".repeat(30)}) {
        admin.set("s:hostile", planted);
        assertThrows(RuntimeException.class, () -> store.raise("hostile", 5), planted);
        assertEquals(planted, admin.get("s:hostile"));
      }
    }
  }
}
