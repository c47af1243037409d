package io.treza.attestation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Challenges that are recognised by a MAC instead of being remembered: issuing stores nothing, so
 * strangers cannot fill it, and servers that share the key recognise each other's.
 *
 * <p>Only consumed challenges are remembered, in a {@link ConsumedNonces}, until they expire; a
 * challenge is single-use among the servers that share that too.
 *
 * <p>Nonce: expiry in whole seconds since 1970 (4 bytes, unsigned, big-endian), 12 random bytes,
 * and the first 16 bytes of HMAC-SHA-256 over those 16 bytes and the purpose in UTF-8.
 */
public final class StatelessChallengeStore implements ChallengeStore {
  private static final int HEAD_BYTES = 16;
  private static final int KEY_BYTES = 32;
  private static final long MAX_EPOCH_SECOND = 0xffff_ffffL;

  private final InstantSource clock;
  private final SecretKey key;
  private final ConsumedNonces consumed;
  private final SecureRandom random = new SecureRandom();

  /**
   * A store under {@code key}.
   *
   * @param clock tells when challenges expire
   * @param key secret shared by the servers that recognise each other's challenges, at least 32
   *     bytes
   * @param consumed remembers what was consumed
   */
  public StatelessChallengeStore(InstantSource clock, byte[] key, ConsumedNonces consumed) {
    if (key.length < KEY_BYTES) {
      throw new IllegalArgumentException("the key must have at least 32 bytes, not " + key.length);
    }
    this.clock = Objects.requireNonNull(clock);
    this.key = new SecretKeySpec(key, "HmacSHA256");
    this.consumed = Objects.requireNonNull(consumed);
  }

  /** {@inheritDoc} The lifetime is rounded down to whole seconds since 1970 at its end. */
  @Override
  public Challenge issue(String purpose, Duration lifetime) {
    if (lifetime.toSeconds() < 1 || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException(
          "lifetime must be 1 second to " + MAX_LIFETIME + ", not " + lifetime);
    }
    long expiry = clock.instant().plus(lifetime).getEpochSecond();
    if (expiry < 0 || expiry > MAX_EPOCH_SECOND) {
      throw new IllegalStateException("the clock must show a time from 1970 to 2106");
    }
    byte[] head = new byte[HEAD_BYTES];
    random.nextBytes(head);
    ByteBuffer.wrap(head).putInt((int) expiry);
    byte[] nonce = Arrays.copyOf(head, NONCE_BYTES);
    System.arraycopy(mac(head, purpose), 0, nonce, HEAD_BYTES, NONCE_BYTES - HEAD_BYTES);
    return new Challenge(nonce, purpose, Instant.ofEpochSecond(expiry));
  }

  /** {@inheritDoc} A challenge for another purpose cannot be told from an unknown one. */
  @Override
  public ChallengeStatus look(byte[] nonce, String purpose) {
    ChallengeStatus status = recognise(nonce, purpose);
    return status == ChallengeStatus.OUTSTANDING && consumed.contains(nonce)
        ? ChallengeStatus.CONSUMED
        : status;
  }

  @Override
  public ChallengeStatus consume(byte[] nonce, String purpose) {
    ChallengeStatus status = recognise(nonce, purpose);
    return status == ChallengeStatus.OUTSTANDING && !consumed.add(nonce, expiryOf(nonce))
        ? ChallengeStatus.CONSUMED
        : status;
  }

  private ChallengeStatus recognise(byte[] nonce, String purpose) {
    if (nonce.length != NONCE_BYTES) {
      return ChallengeStatus.UNKNOWN;
    }
    byte[] expected = Arrays.copyOf(mac(Arrays.copyOf(nonce, HEAD_BYTES), purpose), HEAD_BYTES);
    byte[] given = Arrays.copyOfRange(nonce, HEAD_BYTES, NONCE_BYTES);
    if (!MessageDigest.isEqual(expected, given)) {
      return ChallengeStatus.UNKNOWN;
    }
    return clock.instant().isAfter(expiryOf(nonce))
        ? ChallengeStatus.EXPIRED
        : ChallengeStatus.OUTSTANDING;
  }

  private static Instant expiryOf(byte[] nonce) {
    return Instant.ofEpochSecond(Integer.toUnsignedLong(ByteBuffer.wrap(nonce).getInt()));
  }

  private byte[] mac(byte[] head, String purpose) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(head);
      return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
