package io.treza.attestation;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The documents of the shared data with what its manifest says of each. */
final class RealDocuments {
  private RealDocuments() {}

  /** One line of the manifest. */
  record Entry(Path file, Map<String, String> columns) {
    String column(String name) {
      return columns.getOrDefault(name, "");
    }

    String kind() {
      return column("kind");
    }

    boolean debug() {
      return column("debug_zero_pcr012").equals("yes");
    }

    byte[] bytes() throws IOException {
      return Files.readAllBytes(file);
    }

    @Override
    public String toString() {
      return file.getFileName().toString();
    }
  }

  static List<Entry> all() throws IOException {
    Path directory = Requirement.shared("attestation");
    List<String> lines = Files.readAllLines(directory.resolve("MANIFEST.tsv"));
    String[] header = lines.get(0).split("\t", -1);
    List<Entry> entries = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split("\t", -1);
      Map<String, String> columns = new HashMap<>();
      for (int i = 0; i < cells.length; i++) {
        columns.put(header[i], cells[i]);
      }
      entries.add(new Entry(directory.resolve("documents").resolve(cells[0]), columns));
    }
    return entries;
  }

  static List<Entry> real() throws IOException {
    return all().stream().filter(e -> e.kind().equals("real")).toList();
  }
}
