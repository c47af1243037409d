package io.treza.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Reads what commands are given: files, and bytes in the encodings people paste. */
final class Inputs {
  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern HEX = Pattern.compile("(?i)(0x)?([0-9a-f]{2})+");
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");
  private static final Pattern BASE64_URL = Pattern.compile("[A-Za-z0-9_-]+={0,2}");

  private Inputs() {}

  /** The bytes of a file of at most 1 MiB, or of standard input if it is called "-". */
  static byte[] read(String file) {
    try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new Unusable(file + " is over 1 MiB, which no input of this command is");
      }
      return bytes;
    } catch (InvalidPathException e) {
      throw new Unusable(
          "\"" + file + "\" is no file name in this locale (LC_ALL, LANG); try a UTF-8 one, or give"
              + " the file as standard input, -",
          e);
    } catch (NoSuchFileException e) {
      throw new Unusable(file + " does not exist", e);
    } catch (IOException e) {
      throw new Unusable(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The document in {@code bytes}, which are the document itself or its hexadecimal, base64 or
   * base64url form with any white space. What is none of these is returned as it is, for the
   * parser to refuse with a reason.
   */
  static byte[] document(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("\\s", "");
    if (HEX.matcher(text).matches()) {
      return hex(text);
    }
    if (BASE64.matcher(text).matches()) {
      return decoded(Base64.getDecoder(), text, bytes);
    }
    if (BASE64_URL.matcher(text).matches()) {
      return decoded(Base64.getUrlDecoder(), text, bytes);
    }
    return bytes;
  }

  /** Hexadecimal digits as bytes; {@code what} names them in the message if they are none. */
  static byte[] hex(String what, String digits) {
    if (!HEX.matcher(digits).matches()) {
      throw new Unusable(what + " must be hexadecimal digits in pairs, not \"" + digits + "\"");
    }
    return hex(digits);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of()
        .parseHex(digits.regionMatches(true, 0, "0x", 0, 2) ? digits.substring(2) : digits);
  }

  private static byte[] decoded(Base64.Decoder decoder, String text, byte[] original) {
    try {
      return decoder.decode(text);
    } catch (IllegalArgumentException e) {
      return original;
    }
  }
}
