package io.treza.attestation;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * Challenges of one process: bounded, expiring, safe under concurrency.
 *
 * <p>When full of outstanding challenges it refuses to issue more rather than forget one that was
 * handed out. Whoever faces strangers takes {@link StatelessChallengeStore}, which stores nothing
 * when it issues.
 */
public final class InMemoryChallengeStore implements ChallengeStore {
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final int capacity;
  private final Map<String, Entry> entries = new HashMap<>();
  private final Queue<Entry> byExpiry = new PriorityQueue<>(Comparator.comparing(Entry::expiresAt));

  /**
   * An empty store.
   *
   * @param clock tells when challenges expire
   * @param capacity how many challenges are remembered at once, consumed ones included until they
   *     expire; positive
   */
  public InMemoryChallengeStore(InstantSource clock, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be positive, not " + capacity);
    }
    this.clock = clock;
    this.capacity = capacity;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the store is full of challenges that have not expired
   */
  @Override
  public Challenge issue(String purpose, Duration lifetime) {
    if (lifetime.isZero() || lifetime.isNegative() || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException(
          "lifetime must be positive and at most " + MAX_LIFETIME + ", not " + lifetime);
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    Instant now = clock.instant();
    Challenge challenge = new Challenge(nonce, purpose, now.plus(lifetime));
    Entry entry = new Entry(key(nonce), purpose, challenge.expiresAt());
    synchronized (this) {
      forgetExpired(now);
      if (entries.size() >= capacity) {
        throw new IllegalStateException(
            capacity + " challenges are outstanding; none can be issued until some expire");
      }
      entries.put(entry.key, entry);
      byExpiry.add(entry);
    }
    return challenge;
  }

  @Override
  public synchronized ChallengeStatus look(byte[] nonce, String purpose) {
    Entry entry = entries.get(key(nonce));
    if (entry == null) {
      return ChallengeStatus.UNKNOWN;
    }
    if (!entry.purpose.equals(purpose)) {
      return ChallengeStatus.OTHER_PURPOSE;
    }
    if (entry.consumed) {
      return ChallengeStatus.CONSUMED;
    }
    return clock.instant().isAfter(entry.expiresAt)
        ? ChallengeStatus.EXPIRED
        : ChallengeStatus.OUTSTANDING;
  }

  @Override
  public synchronized ChallengeStatus consume(byte[] nonce, String purpose) {
    ChallengeStatus status = look(nonce, purpose);
    Entry entry = entries.get(key(nonce));
    if (status == ChallengeStatus.OUTSTANDING && entry != null) {
      entry.consumed = true;
    }
    return status;
  }

  private void forgetExpired(Instant now) {
    for (Entry first = byExpiry.peek();
        first != null && now.isAfter(first.expiresAt);
        first = byExpiry.peek()) {
      byExpiry.remove();
      entries.remove(first.key);
    }
  }

  private static String key(byte[] nonce) {
    return HexFormat.of().formatHex(nonce);
  }

  private static final class Entry {
    private final String key;
    private final String purpose;
    private final Instant expiresAt;
    private boolean consumed;

    Entry(String key, String purpose, Instant expiresAt) {
      this.key = key;
      this.purpose = purpose;
      this.expiresAt = expiresAt;
    }

    Instant expiresAt() {
      return expiresAt;
    }
  }
}
