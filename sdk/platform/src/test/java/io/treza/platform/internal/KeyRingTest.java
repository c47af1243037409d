package io.treza.platform.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.Headers;
import io.treza.platform.internal.sqlite.SqliteStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys where the store can be read and not written. */
class KeyRingTest {
  @TempDir
  private Path directory;

  @Test
  void aKeyWhoseUseCannotBeNotedIsStillKnown() throws IOException, SQLException {
    Path file = directory.resolve("treza.db");
    try (SqliteStore store = SqliteStore.open(file)) {
      KeyRing keys = new KeyRing(store, InstantSource.system());
      Headers headers = new Headers();
      headers.set("Authorization", "Bearer " + keys.mintForEverything("test", "0xA"));
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = connection.createStatement()) {
        statement.executeUpdate("create trigger full before update on api_keys begin select"
            + " raise(abort, 'database or disk is full'); end");
      }
      assertEquals(Optional.of("0xA"), keys.caller(headers).map(Caller::wallet));
    }
  }
}
