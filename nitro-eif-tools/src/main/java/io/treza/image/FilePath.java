package io.treza.image;

import java.nio.charset.StandardCharsets;

/**
 * A file name or link target as the bytes it is made of, since Linux gives them no encoding.
 *
 * <p>Paths compare by their bytes, unsigned, so that a directory sorts before what it holds.
 *
 * @param latin1 the bytes, each as the char of the same value (ISO-8859-1); no NUL
 */
public record FilePath(String latin1) implements Comparable<FilePath> {
  public FilePath {
    for (int i = 0; i < latin1.length(); i++) {
      if (latin1.charAt(i) == 0 || latin1.charAt(i) > 0xff) {
        throw new IllegalArgumentException(
            "path is not made of non-zero bytes, at character " + i + " of \"" + latin1 + "\"");
      }
    }
  }

  /** The path whose bytes are {@code text} in UTF-8. */
  public static FilePath of(String text) {
    return ofBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The path made of {@code bytes}. */
  public static FilePath ofBytes(byte[] bytes) {
    return new FilePath(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** The bytes, in a new array. */
  public byte[] bytes() {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** This path below {@code directory}. */
  public FilePath below(FilePath directory) {
    return new FilePath(directory.latin1 + "/" + latin1);
  }

  @Override
  public int compareTo(FilePath other) {
    return latin1.compareTo(other.latin1);
  }

  /** The path as UTF-8 text, for people: bytes that are not UTF-8 show as U+FFFD. */
  @Override
  public String toString() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }
}
