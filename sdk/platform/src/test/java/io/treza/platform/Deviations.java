package io.treza.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The table of {@code docs/platform-deviations.md}, which is the only one there is. */
final class Deviations {
  private static final Path FILE = Path.of("../../docs/platform-deviations.md");

  private Deviations() {}

  /**
   * A row: what differs, and why.
   *
   * @param requests names of recordings, or of what no recording has
   * @param where {@code status}, {@code body}, or a JSON pointer in which {@code *} is any name
   * @param ours what is there instead: JSON, {@code absent}, or {@code other}
   */
  record Row(List<String> requests, String where, String ours, String why) {}

  static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(FILE)) {
      if (line.startsWith("| `")) {
        String[] cells = line.substring(1).split("\\|", -1);
        rows.add(new Row(
            List.of(cell(cells[0]).split(", ")), cell(cells[1]), cell(cells[2]), cells[3].strip()));
      }
    }
    return rows;
  }

  private static String cell(String markdown) {
    return markdown.strip().replace("`", "");
  }
}
