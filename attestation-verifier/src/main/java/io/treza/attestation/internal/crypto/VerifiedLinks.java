package io.treza.attestation.internal.crypto;

import io.treza.attestation.internal.x509.Certificate;
import java.security.PublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers that a certificate's signature verified under its issuer's key: that fact, and the
 * parsed subject, and nothing about time or use, which are judged anew on every call.
 *
 * <p>Keyed by SHA-256 over the complete DER of issuer and subject, never by names or keys.
 * Bounded; the least recently used link goes first. Thread-safe.
 */
public final class VerifiedLinks {
  private final int capacity;
  private final Map<Key, Link> links;

  /** Holds at most {@code capacity} links; 0 remembers nothing. */
  public VerifiedLinks(int capacity) {
    this.capacity = capacity;
    this.links = new LinkedHashMap<>(16, 0.75f, true);
  }

  /**
   * A certificate whose signature verified, with its public key ready for use.
   *
   * @param subject the certificate
   * @param key its public key, of the provider that verified the link
   */
  public record Link(Certificate subject, PublicKey key) {}

  /** Finds the verified link from issuer to subject, both given by SHA-256 over their DER. */
  public Optional<Link> find(byte[] issuerSha256, byte[] subjectSha256) {
    Key key = Key.of(issuerSha256, subjectSha256);
    synchronized (links) {
      return Optional.ofNullable(links.get(key));
    }
  }

  /** Remembers a link whose signature has just verified. */
  public void add(byte[] issuerSha256, Link link) {
    Key key = Key.of(issuerSha256, link.subject().sha256());
    synchronized (links) {
      links.put(key, link);
      if (links.size() > capacity) {
        var eldest = links.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
    }
  }

  /** How many links are remembered. */
  public int size() {
    synchronized (links) {
      return links.size();
    }
  }

  /** Two SHA-256 values, compared whole. */
  private record Key(long a, long b, long c, long d, long e, long f, long g, long h) {
    static Key of(byte[] issuer, byte[] subject) {
      return new Key(
          word(issuer, 0),
          word(issuer, 8),
          word(issuer, 16),
          word(issuer, 24),
          word(subject, 0),
          word(subject, 8),
          word(subject, 16),
          word(subject, 24));
    }

    private static long word(byte[] bytes, int offset) {
      long word = 0;
      for (int i = offset; i < offset + 8; i++) {
        word = (word << 8) | (bytes[i] & 0xff);
      }
      return word;
    }
  }
}
