package io.treza.platform.internal.sqlite;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Optional;

/**
 * Brings a file's tables to the version that this code knows: the numbered scripts beside this
 * class, of which the file's {@code user_version} is the last it has seen.
 */
final class Schema {
  private Schema() {}

  /**
   * Runs the scripts that the file has not seen, each in a transaction.
   *
   * @throws IOException if the file is of a later version than this code
   */
  static void migrate(Connection connection, Path file) throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      int version = version(statement);
      Optional<String> script = script(version + 1);
      while (script.isPresent()) {
        version++;
        statement.executeUpdate("begin immediate;\n" + script.get() + "\npragma user_version = "
            + version + ";\ncommit;");
        script = script(version + 1);
      }
      if (version > 0 && script(version).isEmpty()) {
        throw new IOException(file + " was written by a later release (schema " + version
            + "): use that release or a later one, or another data directory");
      }
    }
  }

  private static int version(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("pragma user_version")) {
      return row.getInt(1);
    }
  }

  private static Optional<String> script(int number) throws IOException {
    String name = String.format(Locale.ROOT, "%03d.sql", number);
    try (InputStream in = Schema.class.getResourceAsStream(name)) {
      return in == null
          ? Optional.empty()
          : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
