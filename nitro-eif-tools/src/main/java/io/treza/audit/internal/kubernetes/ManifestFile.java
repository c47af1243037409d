package io.treza.audit.internal.kubernetes;

import io.treza.audit.AuditException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file of manifests as text: YAML or JSON, and no template of them. */
final class ManifestFile {
  private final String text;
  private final Documents documents;
  private final Budget budget;

  private ManifestFile(String text, Budget budget) throws AuditException {
    this.text = text;
    this.budget = budget;
    this.documents = isJson(text) ? new JsonDocuments(text, budget) : yaml(text);
  }

  /**
   * Opens a file.
   *
   * @throws AuditException if it is too large or no text
   * @throws IOException if it cannot be read
   */
  static ManifestFile open(Path file, Budget budget) throws IOException {
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
      return new ManifestFile(text.startsWith("\uFEFF") ? text.substring(1) : text, budget);
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

  private Documents yaml(String text) throws AuditException {
    return new YamlDocuments(text, budget);
  }

  /** The next document; an error in a template says that it is one. */
  Optional<Node> next() throws AuditException {
    try {
      return documents.next();
    } catch (AuditException e) {
      int template = text.indexOf("{{");
      if (template < 0) {
        throw e;
      }
      int line =
          1 + (int) text.substring(0, template).chars().filter(c -> c == '\n').count();
      throw new AuditException(
          budget.refuse(line, TEMPLATE).getMessage() + " (" + e.getMessage() + ")", e);
    }
  }

  /** What to do about a template. */
  static final String TEMPLATE =
      "{{ starts an expression of a template, so this is no manifest yet; render it first, as with"
          + " helm template CHART, and audit what comes out";
}
