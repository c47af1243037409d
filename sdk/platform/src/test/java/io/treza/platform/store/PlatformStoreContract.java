package io.treza.platform.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.PcrValue;
import io.treza.platform.BuiltImage;
import io.treza.platform.LaunchRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store must do, whatever it is made of. */
public interface PlatformStoreContract {
  Instant NOW = Instant.parse("2026-11-23T12:00:00.123Z");
  BuiltImage IMAGE = new BuiltImage(
      "0f".repeat(32),
      new TreeMap<>(Map.of(
          0, PcrValue.ofHex("a0".repeat(48)),
          1, PcrValue.ofHex("a1".repeat(48)),
          2, PcrValue.ofHex("a2".repeat(48)),
          8, PcrValue.ofHex("a8".repeat(48)))));

  /** The store under test, empty at the beginning of each test. */
  PlatformStore store();

  static StoredEnclave enclave(String id, String wallet, Instant createdAt) {
    return StoredEnclave.created(
        new LaunchRequest(
            id,
            "oci:ı\u0000\uD83D\uDD12",
            "eu-west-1",
            2,
            1024,
            true,
            List.of(8443, 80),
            List.of("*.example.com:443", "192.0.2.1:5432")),
        wallet,
        "{\"name\":\"I'm \\\"ı\\\"; drop table enclaves\"}",
        createdAt);
  }

  static StoredEnclave enclave(String id) {
    return enclave(id, "0xA", NOW);
  }

  static StoredTask task(String id) {
    return new StoredTask(
        id, "0xA", "n", "d", "enc_1", "0 9 * * *", "pending", Optional.empty(), NOW, NOW, 1);
  }

  static StoredApiKey key(String id, String hash) {
    return new StoredApiKey(
        id,
        "0xA",
        "n",
        hash,
        "treza_live_1",
        List.of("enclaves:read", "logs:read"),
        "active",
        Optional.empty(),
        NOW,
        NOW,
        1);
  }

  private static StoredRequest request(String key, String enclaveId) {
    return new StoredRequest(key, "hash", enclaveId, NOW);
  }

  @Test
  default void whatWasInsertedIsFoundAsItWas() {
    StoredEnclave enclave = enclave("enc_1");
    StoredTask task = task("task_1");
    StoredApiKey key = key("key_1", "h1");
    assertTrue(store().enclaves().insert(enclave));
    assertTrue(store().tasks().insert(task));
    assertTrue(store().apiKeys().insert(key));
    assertEquals(Optional.of(enclave), store().enclaves().find("enc_1"));
    assertEquals(Optional.of(task), store().tasks().find("task_1"));
    assertEquals(Optional.of(key), store().apiKeys().find("key_1"));
    assertEquals(Optional.empty(), store().enclaves().find("enc_2"));
  }

  @Test
  default void everyFieldCanChangeButIdWalletAndCreation() {
    store().enclaves().insert(enclave("enc_1"));
    StoredEnclave enclave = enclave("enc_1").failed("ö", NOW.plusSeconds(1));
    assertTrue(store().enclaves().replace(enclave));
    assertEquals(Optional.of(enclave), store().enclaves().find("enc_1"));
    enclave = enclave.launching(NOW.plusSeconds(2));
    assertTrue(store().enclaves().replace(enclave));
    enclave = enclave.described("{}", NOW.plusSeconds(3));
    assertTrue(store().enclaves().replace(enclave));
    enclave = enclave.built(IMAGE, NOW.plusSeconds(3));
    assertTrue(store().enclaves().replace(enclave));
    assertEquals(Optional.of(enclave), store().enclaves().find("enc_1"));

    store().tasks().insert(task("task_1"));
    StoredTask task = new StoredTask(
        "task_1",
        "0xA",
        "n2",
        "d2",
        "enc_2",
        "s2",
        "running",
        Optional.of(NOW.plusSeconds(4)),
        NOW,
        NOW.plusSeconds(5),
        2);
    assertTrue(store().tasks().replace(task));
    assertEquals(Optional.of(task), store().tasks().find("task_1"));

    store().apiKeys().insert(key("key_1", "h1"));
    StoredApiKey key = new StoredApiKey(
        "key_1",
        "0xA",
        "n2",
        "h2",
        "treza_live_2",
        List.of(),
        "inactive",
        Optional.of(NOW.plusSeconds(6)),
        NOW,
        NOW.plusSeconds(7),
        2);
    assertTrue(store().apiKeys().replace(key));
    assertEquals(Optional.of(key), store().apiKeys().find("key_1"));
  }

  @Test
  default void aTakenIdIsNotTakenAgain() {
    assertTrue(store().enclaves().insert(enclave("enc_1", "0xA", NOW)));
    assertFalse(store().enclaves().insert(enclave("enc_1", "0xB", NOW)));
    assertEquals("0xA", store().enclaves().find("enc_1").orElseThrow().wallet());
  }

  @Test
  default void anItemIsReplacedAndDeletedOnlyByWhoKnowsItsLatestVersion() {
    StoredEnclave first = enclave("enc_1");
    StoredEnclave second = first.moved(EnclaveStatus.DEPLOYING, NOW);
    StoredEnclave third = second.moved(EnclaveStatus.DEPLOYED, NOW);
    assertFalse(store().enclaves().replace(second), "not there yet");
    store().enclaves().insert(first);
    assertFalse(store().enclaves().replace(third), "one was left out");
    assertTrue(store().enclaves().replace(second));
    assertFalse(store().enclaves().replace(second), "twice");
    assertFalse(store().enclaves().delete(first), "an old version");
    assertEquals(Optional.of(second), store().enclaves().find("enc_1"));
    assertTrue(store().enclaves().delete(second));
    assertFalse(store().enclaves().delete(second), "gone");
    assertEquals(Optional.empty(), store().enclaves().find("enc_1"));
  }

  @Test
  default void ofManyWhoReplaceAtOnceOneWins() throws Exception {
    store().enclaves().insert(enclave("enc_1"));
    ExecutorService callers = Executors.newFixedThreadPool(8);
    try {
      StoredEnclave latest = enclave("enc_1");
      for (int round = 0; round < 20; round++) {
        StoredEnclave next = latest.moved(EnclaveStatus.DEPLOYING, NOW);
        Callable<Boolean> replace = () -> store().enclaves().replace(next);
        int won = 0;
        for (Future<Boolean> result :
            callers.invokeAll(IntStream.range(0, 8).mapToObj(i -> replace).toList())) {
          won += result.get() ? 1 : 0;
        }
        assertEquals(1, won);
        latest = next;
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  default void aWalletsItemsComeByCreationAndThenById() {
    store().enclaves().insert(enclave("enc_2", "0xA", NOW.plusMillis(1)));
    store().enclaves().insert(enclave("enc_4", "0xA", NOW));
    store().enclaves().insert(enclave("enc_3", "0xA", NOW));
    store().enclaves().insert(enclave("enc_1", "0xB", NOW));
    store().enclaves().insert(enclave("enc_5", "0xa", NOW));
    assertEquals(List.of("enc_3", "enc_4", "enc_2"), ids(store().enclaves().ownedBy("0xA")));
    assertEquals(List.of(), ids(store().enclaves().ownedBy("0xC")));
    assertEquals(
        List.of("enc_1", "enc_3", "enc_4", "enc_5", "enc_2"),
        ids(store().enclaves().all()));
  }

  private static List<String> ids(List<StoredEnclave> enclaves) {
    return enclaves.stream().map(StoredEnclave::id).toList();
  }

  @Test
  default void anApiKeyIsFoundByItsHash() {
    store().apiKeys().insert(key("key_1", "h1"));
    store().apiKeys().insert(key("key_2", "h2"));
    assertEquals("key_2", store().apiKeyByHash("h2").orElseThrow().id());
    assertEquals(Optional.empty(), store().apiKeyByHash("H2"));
  }

  @Test
  default void aKeyWhoseHashChangedIsFoundByTheNewOneOnly() {
    store().apiKeys().insert(key("key_1", "h1"));
    assertTrue(store().apiKeyByHash("h1").isPresent());
    StoredApiKey first = key("key_1", "h1");
    StoredApiKey changed = new StoredApiKey(
        first.id(),
        first.wallet(),
        first.name(),
        "h2",
        first.prefix(),
        first.permissions(),
        "inactive",
        first.lastUsed(),
        first.createdAt(),
        first.updatedAt(),
        2);
    assertTrue(store().apiKeys().replace(changed));
    assertEquals(Optional.empty(), store().apiKeyByHash("h1"));
    assertEquals(Optional.of(changed), store().apiKeyByHash("h2"));
    assertTrue(store().apiKeys().delete(changed));
    assertEquals(Optional.empty(), store().apiKeyByHash("h2"));
  }

  @Test
  default void aRequestAndItsEnclaveAreAddedTogetherOrNotAtAll() {
    assertEquals(Optional.empty(), store().request("k1"));
    assertTrue(store().insertOnce(enclave("enc_1"), request("k1", "enc_1")));
    assertEquals(Optional.of(request("k1", "enc_1")), store().request("k1"));
    assertEquals(Optional.of(enclave("enc_1")), store().enclaves().find("enc_1"));

    assertFalse(store().insertOnce(enclave("enc_2"), request("k1", "enc_2")), "the key is taken");
    assertEquals(Optional.empty(), store().enclaves().find("enc_2"));
    assertFalse(store().insertOnce(enclave("enc_1"), request("k2", "enc_1")), "the id is taken");
    assertEquals(Optional.empty(), store().request("k2"));
    assertTrue(store().insertOnce(enclave("enc_2"), request("k2", "enc_2")));
  }

  @Test
  default void aRequestOutlivesItsEnclaveForADay() {
    store().insertOnce(enclave("enc_1"), request("k1", "enc_1"));
    store().enclaves().delete(enclave("enc_1"));
    Instant later = NOW.plus(Duration.ofHours(23));
    store().insertOnce(enclave("enc_2"), new StoredRequest("k2", "hash", "enc_2", later));
    assertTrue(store().request("k1").isPresent());
  }

  private void append(String enclaveId, LogKind kind, String text) {
    store().appendLog(enclaveId, new LogLine(NOW, kind, text));
  }

  private static List<String> texts(List<LogEntry> entries) {
    return entries.stream().map(entry -> entry.line().text()).toList();
  }

  @Test
  default void logsAreReadFromTheEndOrFromAPosition() {
    for (String text : List.of("1", "2", "3", "4")) {
      append("enc_1", LogKind.BOOT, text);
      append("enc_1", LogKind.BUILD, "other kind");
      append("enc_2", LogKind.BOOT, "other enclave");
    }
    List<LogEntry> newest = store().newestLogs("enc_1", EnumSet.of(LogKind.BOOT), 3);
    assertEquals(List.of("4", "3", "2"), texts(newest));
    assertEquals(new LogLine(NOW, LogKind.BOOT, "4"), newest.get(0).line());
    long position = newest.get(2).position();
    assertEquals(
        List.of("3", "4"),
        texts(store().logsAfter("enc_1", EnumSet.of(LogKind.BOOT), position, 100)));
    assertEquals(
        List.of("3"), texts(store().logsAfter("enc_1", EnumSet.of(LogKind.BOOT), position, 1)));
    assertEquals(List.of("1"), texts(store().logsAfter("enc_1", EnumSet.of(LogKind.BOOT), 0, 1)));
    List<String> both =
        texts(store().logsAfter("enc_1", EnumSet.of(LogKind.BOOT, LogKind.BUILD), position, 3));
    assertEquals(List.of("other kind", "3", "other kind"), both);
    both = texts(store().newestLogs("enc_1", EnumSet.of(LogKind.BOOT, LogKind.BUILD), 3));
    assertEquals(List.of("other kind", "4", "other kind"), both);
    store().deleteLogs("enc_1");
    assertEquals(List.of(), store().newestLogs("enc_1", EnumSet.of(LogKind.BOOT), 3));
    assertEquals(4, store().newestLogs("enc_2", EnumSet.of(LogKind.BOOT), 100).size());
  }

  @Test
  default void positionsGrowAcrossKindsAndDeletion() {
    append("enc_1", LogKind.BUILD, "1");
    append("enc_1", LogKind.BOOT, "2");
    long build =
        store().newestLogs("enc_1", EnumSet.of(LogKind.BUILD), 1).get(0).position();
    long boot = store().newestLogs("enc_1", EnumSet.of(LogKind.BOOT), 1).get(0).position();
    assertTrue(build < boot);
    store().deleteLogs("enc_1");
    append("enc_1", LogKind.BOOT, "3");
    assertTrue(
        boot < store().newestLogs("enc_1", EnumSet.of(LogKind.BOOT), 1).get(0).position());
  }

  @Test
  default void aTalkativeKindLosesItsOldestLinesAndNoOther() {
    append("enc_1", LogKind.BUILD, "kept");
    int lines = 0;
    List<String> seen = new ArrayList<>();
    while (seen.size() == lines && lines < 100_000) {
      append("enc_1", LogKind.APPLICATION, Integer.toString(lines));
      lines++;
      seen = texts(store().newestLogs("enc_1", EnumSet.of(LogKind.APPLICATION), lines));
    }
    assertEquals(lines - 1, seen.size(), "bounded");
    assertEquals(Integer.toString(lines - 1), seen.get(0));
    assertEquals("1", seen.get(seen.size() - 1));
    assertEquals(
        List.of("kept"), texts(store().newestLogs("enc_1", EnumSet.of(LogKind.BUILD), 10)));
  }

  @Test
  default void aClosedStoreSaysSo() {
    store().enclaves().insert(enclave("enc_1"));
    store().close();
    assertThrows(StoreException.class, () -> store().enclaves().find("enc_1"));
    assertThrows(StoreException.class, () -> store().enclaves().insert(enclave("enc_2")));
    store().close();
  }
}
