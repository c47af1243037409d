package io.treza.audit.internal.kubernetes;

import io.treza.audit.AuditException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens a file of manifests: text, in YAML or JSON. */
final class ManifestFile {
  /** What to do about a template. */
  static final String TEMPLATE =
      "{{ starts an expression of a template, so this is no manifest yet; render it first, as with"
          + " helm template CHART, and audit what comes out";

  private ManifestFile() {}

  /**
   * Opens a file.
   *
   * @throws AuditException if it is too large or no text
   * @throws IOException if it cannot be read
   */
  static Documents open(Path file, Budget budget) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(Budget.FILE + 1);
    }
    if (bytes.length > Budget.FILE) {
      throw budget.refuse(1, "larger than 16 MiB; split the file");
    }
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(rest).toString();
      String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
      return isJson(unmarked)
          ? new JsonDocuments(unmarked, budget)
          : new YamlDocuments(unmarked, budget);
    } catch (CharacterCodingException e) {
      int line = 1;
      for (int i = 0; i < rest.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw budget.refuse(line, "not UTF-8 from byte " + rest.position() + " on, so no manifest");
    }
  }

  /** As Kubernetes guesses: JSON starts with a brace, and a quote or the other brace. */
  private static boolean isJson(String text) {
    String start = text.stripLeading();
    if (!start.startsWith("{")) {
      return false;
    }
    String next = start.substring(1).stripLeading();
    return next.startsWith("\"") || next.startsWith("}");
  }
}
