package io.treza.platform.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.LaunchRequest;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.LogLine;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreContract;
import io.treza.platform.store.StoredRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store in a file: the contract, and what a file has beside. */
class SqliteStoreTest implements PlatformStoreContract {
  @TempDir
  private Path directory;

  private Path file = Path.of("");
  private SqliteStore store;

  @BeforeEach
  void open() throws IOException {
    file = directory.resolve("treza.db");
    store = SqliteStore.open(file);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  public PlatformStore store() {
    return store;
  }

  @Test
  void everythingIsThereAgainWhenTheFileIsOpenedAgain() throws IOException {
    store.enclaves().insert(PlatformStoreContract.enclave("enc_1"));
    store
        .enclaves()
        .replace(PlatformStoreContract.enclave("enc_1").moved(EnclaveStatus.DEPLOYING, NOW));
    store.tasks().insert(PlatformStoreContract.task("task_1"));
    store.apiKeys().insert(PlatformStoreContract.key("key_1", "h1"));
    store.close();
    store = SqliteStore.open(file);
    assertEquals(
        Optional.of(PlatformStoreContract.enclave("enc_1").moved(EnclaveStatus.DEPLOYING, NOW)),
        store.enclaves().find("enc_1"));
    assertTrue(store.tasks().find("task_1").isPresent());
    assertTrue(store.apiKeyByHash("h1").isPresent());
  }

  @Test
  void linesOfAnEnclaveThatIsGoneGoAtTheNextStart() throws IOException {
    store.enclaves().insert(PlatformStoreContract.enclave("enc_1"));
    for (String id : List.of("enc_1", "enc_2")) {
      store.appendLog(id, new LogLine(NOW, LogKind.BOOT, "line"));
    }
    store.close();
    store = SqliteStore.open(file);
    EnumSet<LogKind> boot = EnumSet.of(LogKind.BOOT);
    assertEquals(1, store.newestLogs("enc_1", boot, 10).size());
    assertEquals(0, store.newestLogs("enc_2", boot, 10).size());
  }

  @Test
  void onlyTheOwnerMayReadAnyFileOfIt() throws IOException {
    store.enclaves().insert(PlatformStoreContract.enclave("enc_1"));
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> data = files.filter(path -> !path.toString().endsWith(".lock")).toList();
      assertEquals(3, data.size(), "database, journal and its index: " + data);
      for (Path path : data) {
        assertEquals(
            "rw-------",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(path)),
            path.toString());
      }
    }
  }

  @Test
  void aSecondServerIsRefusedByName() {
    IOException e = assertThrows(IOException.class, () -> SqliteStore.open(file));
    assertEquals(
        file + " is in use by another server: stop it, or use another data directory",
        e.getMessage());
    assertTrue(store.enclaves().insert(PlatformStoreContract.enclave("enc_1")), "unharmed");
  }

  private void sql(String statement) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement use = connection.createStatement()) {
      use.executeUpdate(statement);
    }
  }

  @Test
  void aFileOfALaterReleaseIsRefusedAndLeftAlone() throws Exception {
    store.close();
    sql("pragma user_version = 99");
    byte[] before = Files.readAllBytes(file);
    IOException e = assertThrows(IOException.class, () -> SqliteStore.open(file));
    assertEquals(
        file + " was written by a later release (schema 99): use that release or a later one, or"
            + " another data directory",
        e.getMessage());
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file)));
  }

  @Test
  void anEnclaveOfBeforeThereWereChannelsHasNone() throws Exception {
    file = directory.resolve("before.db");
    try (InputStream first = SqliteStore.class.getResourceAsStream("001.sql")) {
      sql(new String(Objects.requireNonNull(first).readAllBytes(), StandardCharsets.UTF_8));
    }
    sql("insert into enclaves values ('enc_1', '0xA', 0, 1, 0, 'DEPLOYED', 1, null, '{}',"
        + " 'oci:a', 'eu-west-1', 2, 1024, 0)");
    sql("pragma user_version = 1");
    try (SqliteStore opened = SqliteStore.open(file)) {
      assertEquals(
          new LaunchRequest("enc_1", "oci:a", "eu-west-1", 2, 1024, false),
          opened.enclaves().find("enc_1").orElseThrow().launch());
    }
  }

  @Test
  void aMigrationThatFailsLeavesNothingBehind() throws Exception {
    Path other = directory.resolve("other.db");
    file = other;
    sql("create table logs (x)"); // the last table of the first script
    assertThrows(IOException.class, () -> SqliteStore.open(other));
    sql("drop table logs");
    try (SqliteStore opened = SqliteStore.open(other)) {
      assertTrue(opened.enclaves().insert(PlatformStoreContract.enclave("enc_1")));
    }
  }

  @Test
  void aFileThatIsNoDatabaseIsRefusedByNameAndLetGo() throws IOException {
    Path other = Files.writeString(directory.resolve("other.db"), "no database".repeat(100));
    IOException e = assertThrows(IOException.class, () -> SqliteStore.open(other));
    assertTrue(e.getMessage().startsWith(other + " cannot be opened: "), e.getMessage());
    Files.delete(other);
    SqliteStore.open(other).close();
  }

  @Test
  void requestsAreForgottenWhenTheyAreOlderThanADay() {
    store.insertOnce(
        PlatformStoreContract.enclave("enc_1"), new StoredRequest("k1", "h", "enc_1", NOW));
    store.insertOnce(
        PlatformStoreContract.enclave("enc_2"),
        new StoredRequest("k2", "h", "enc_2", NOW.plus(Duration.ofDays(1)).plusMillis(1)));
    assertFalse(store.request("k1").isPresent());
    assertTrue(store.request("k2").isPresent());
  }
}
