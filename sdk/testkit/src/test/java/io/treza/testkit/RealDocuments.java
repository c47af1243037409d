package io.treza.testkit;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The documents that real Nitro enclaves made, from the shared data. */
final class RealDocuments {
  private RealDocuments() {}

  static List<DecodedDocument> all() {
    Path manifest = Requirement.shared("attestation/MANIFEST.tsv");
    Path directory = Requirement.shared("attestation/documents");
    try {
      List<String> lines = Files.readAllLines(manifest);
      List<String> columns = List.of(lines.get(0).split("\t"));
      List<DecodedDocument> documents = new ArrayList<>();
      for (String line : lines.subList(1, lines.size())) {
        String[] values = line.split("\t", -1);
        if (values[columns.indexOf("kind")].equals("real")) {
          Path file = directory.resolve(values[columns.indexOf("file")]);
          documents.add(DecodedDocument.read(Files.readAllBytes(file)));
        }
      }
      if (documents.isEmpty()) {
        throw new IllegalStateException(manifest + " lists no real document");
      }
      return documents;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
