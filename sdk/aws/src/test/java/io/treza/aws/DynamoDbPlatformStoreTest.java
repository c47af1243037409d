package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.store.LogEntry;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.LogLine;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreContract;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredRequest;
import io.treza.testsupport.Contention;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The store in a table: the contract, and what a table has beside. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DynamoDbPlatformStoreTest implements PlatformStoreContract {
  /** Fewer than in service, so that a full log is soon full. */
  private static final int LINES = 120;

  private LocalDynamoDb dynamoDb;
  private DynamoDbTable table;
  private PlatformStore store;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    dynamoDb = new LocalDynamoDb(directory);
  }

  @BeforeEach
  void open() {
    table = dynamoDb.table("store-" + UUID.randomUUID());
    store = new DynamoDbPlatformStore(table, LINES);
  }

  @AfterEach
  void close() {
    store.close();
    table.close();
  }

  @AfterAll
  void stop() {
    dynamoDb.close();
  }

  @Override
  public PlatformStore store() {
    return store;
  }

  @Test
  void itemsThatFillSeveralPagesAreAllRead() {
    List<String> ids = new ArrayList<>();
    String large = "{\"name\":\"" + "x".repeat(300_000) + "\"}";
    for (int i = 0; i < 9; i++) {
      StoredEnclave enclave = PlatformStoreContract.enclave("enc_" + i).described(large, NOW);
      ids.add(enclave.id());
      assertTrue(store.enclaves().insert(enclave));
    }
    assertEquals(ids, store.enclaves().all().stream().map(StoredEnclave::id).toList());
    assertEquals(
        ids, store.enclaves().ownedBy("0xA").stream().map(StoredEnclave::id).toList());
  }

  @Test
  void aWalletMayBeAnyText() {
    String wallet = "\u0000 ı".repeat(1000);
    assertTrue(store.enclaves().insert(PlatformStoreContract.enclave("enc_1", wallet, NOW)));
    assertTrue(store.enclaves().insert(PlatformStoreContract.enclave("enc_2", "", NOW)));
    assertEquals(1, store.enclaves().ownedBy(wallet).size());
    assertEquals("enc_2", store.enclaves().ownedBy("").get(0).id());
  }

  @Test
  void aForgottenRequestMakesRoomForAnotherOfItsKey() {
    StoredRequest old = new StoredRequest("k\u0000", "hash", "enc_1", NOW);
    assertTrue(store.insertOnce(PlatformStoreContract.enclave("enc_1"), old));
    StoredRequest atADay =
        new StoredRequest("k\u0000", "h2", "enc_2", NOW.plus(Duration.ofDays(1)));
    assertFalse(store.insertOnce(PlatformStoreContract.enclave("enc_2"), atADay));
    StoredRequest later =
        new StoredRequest("k\u0000", "h3", "enc_3", NOW.plus(Duration.ofDays(1)).plusMillis(1));
    assertTrue(store.insertOnce(PlatformStoreContract.enclave("enc_3"), later));
    assertEquals(Optional.of(later), store.request("k\u0000"));
    assertEquals(Optional.empty(), store.enclaves().find("enc_2"));
  }

  @Test
  void ofSixtyFourWithOneRequestKeyOneCreates() throws Exception {
    List<Boolean> created = Contention.together(caller -> store.insertOnce(
        PlatformStoreContract.enclave("enc_" + caller),
        new StoredRequest("k", "hash", "enc_" + caller, NOW)));
    assertEquals(1, Collections.frequency(created, true));
    assertEquals(1, store.enclaves().all().size());
    assertEquals(
        store.request("k").orElseThrow().enclaveId(),
        store.enclaves().all().get(0).id());
  }

  @Test
  void concurrentLinesHavePositionsOfTheirOwnAndNoneIsOverwritten() throws Exception {
    Contention.together(caller -> {
      store.appendLog("enc_1", new LogLine(NOW, LogKind.APPLICATION, Integer.toString(caller)));
      return caller;
    });
    List<LogEntry> entries =
        store.logsAfter("enc_1", EnumSet.of(LogKind.APPLICATION), 0, Integer.MAX_VALUE);
    assertEquals(Contention.CALLERS, entries.size());
    assertEquals(
        Contention.CALLERS,
        new HashSet<>(entries.stream().map(LogEntry::position).toList()).size());
    assertEquals(
        entries.stream().map(LogEntry::position).sorted().toList(),
        entries.stream().map(LogEntry::position).toList());
  }

  @Test
  void anotherServerGoesOnInTheLogWhereTheLastOneStopped() {
    for (int i = 0; i < LINES + 3; i++) {
      store.appendLog("enc_1", new LogLine(NOW, LogKind.BOOT, Integer.toString(i)));
    }
    PlatformStore next = new DynamoDbPlatformStore(table, LINES);
    next.appendLog("enc_1", new LogLine(NOW, LogKind.BOOT, "after"));
    List<LogEntry> newest = next.newestLogs("enc_1", EnumSet.of(LogKind.BOOT), LINES + 9);
    assertEquals(LINES, newest.size());
    assertEquals("after", newest.get(0).line().text());
    assertEquals(Integer.toString(LINES + 2), newest.get(1).line().text());
    assertEquals("4", newest.get(LINES - 1).line().text());
  }

  @Test
  void whatWasAnsweredOutlivesTheServerThatIsKilled() throws IOException {
    assertTrue(store.enclaves().insert(PlatformStoreContract.enclave("enc_1")));
    dynamoDb.kill();
    dynamoDb.start();
    assertEquals(
        Optional.of(PlatformStoreContract.enclave("enc_1")), store.enclaves().find("enc_1"));
  }
}
