package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Base64;

/** Textual encoding of keys and certificates (RFC 7468). */
final class Pem {
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII));

  private Pem() {}

  static String encode(String label, byte[] content) {
    return begin(label) + "\n" + LINES.encodeToString(content) + "\n" + end(label) + "\n";
  }

  /**
   * The content of the one block in the text.
   *
   * @throws IllegalArgumentException if the text is not exactly one block with this label
   */
  static byte[] decode(String label, String text) {
    String block = text.strip();
    if (!block.startsWith(begin(label)) || !block.endsWith(end(label))) {
      throw new IllegalArgumentException("not one PEM block \"" + label + "\"");
    }
    String body =
        block.substring(begin(label).length(), block.length() - end(label).length());
    return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
  }

  private static String begin(String label) {
    return "-----BEGIN " + label + "-----";
  }

  private static String end(String label) {
    return "-----END " + label + "-----";
  }
}
