package io.treza.image.internal;

import io.treza.image.ImageException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A content digest such as {@code sha256:9c27...} (OCI Image Specification 1.1, "Digests").
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case, of the algorithm's length
 */
public record Digest(String algorithm, String hex) {
  private static final Pattern FORM =
      Pattern.compile("(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})");

  /**
   * Parses a digest that {@code origin} states.
   *
   * @throws ImageException if it is malformed or its algorithm is not one of the two registered
   */
  public static Digest parse(String text, String origin) throws ImageException {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) {
      throw new ImageException(
          origin + ": \"" + text + "\" is no sha256 or sha512 digest in lower-case hex");
    }
    return m.group(1) != null
        ? new Digest(m.group(1), m.group(2))
        : new Digest(m.group(3), m.group(4));
  }

  /** The SHA-256 digest of {@code bytes}. */
  public static Digest sha256(byte[] bytes) {
    MessageDigest hash = sha256();
    hash.update(bytes);
    return sha256(hash);
  }

  /** A hasher for SHA-256 digests. */
  public static MessageDigest sha256() {
    return hasher("sha256");
  }

  /** The digest of all that a hasher for SHA-256 was given. */
  public static Digest sha256(MessageDigest hash) {
    return finish("sha256", hash);
  }

  /** A hasher for digests like this one. */
  public MessageDigest hasher() {
    return hasher(algorithm);
  }

  /**
   * Checks what was hashed against this digest.
   *
   * @throws ImageException naming {@code what} if it is another
   */
  public void require(MessageDigest hashed, String what) throws ImageException {
    Digest actual = finish(algorithm, hashed);
    if (!equals(actual)) {
      throw new ImageException(
          what + ": its digest is " + actual + ", not " + this + " as stated; fetch it again");
    }
  }

  /** Whether this is the digest of all that a hasher was given. */
  public boolean matches(MessageDigest hashed) {
    return equals(finish(algorithm, hashed));
  }

  private static Digest finish(String algorithm, MessageDigest hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash.digest()));
  }

  private static MessageDigest hasher(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this builds with has SHA-2", e);
    }
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
