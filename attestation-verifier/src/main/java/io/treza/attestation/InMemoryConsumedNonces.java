package io.treza.attestation;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/** Consumed nonces of one process: bounded, expiring, safe under concurrency. */
public final class InMemoryConsumedNonces implements ConsumedNonces {
  private final InstantSource clock;
  private final int capacity;
  private final Set<String> nonces = new HashSet<>();
  private final Queue<Expiry> byExpiry = new PriorityQueue<>(Comparator.comparing(Expiry::at));

  /** No nonce that expires later has been forgotten, whatever the clock did since. */
  private Instant forgottenUntil = Instant.MIN;

  private record Expiry(String nonce, Instant at) {}

  /**
   * An empty set.
   *
   * @param clock tells when nonces may be forgotten
   * @param capacity how many are remembered at once; when full of unexpired ones, adding fails
   *     rather than forget one
   */
  public InMemoryConsumedNonces(InstantSource clock, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be positive, not " + capacity);
    }
    this.clock = clock;
    this.capacity = capacity;
  }

  @Override
  public synchronized boolean contains(byte[] nonce) {
    return nonces.contains(HexFormat.of().formatHex(nonce));
  }

  @Override
  public synchronized boolean add(byte[] nonce, Instant expiresAt) {
    Instant now = clock.instant();
    for (Expiry first = byExpiry.peek();
        first != null && now.isAfter(first.at);
        first = byExpiry.peek()) {
      byExpiry.remove();
      nonces.remove(first.nonce);
      forgottenUntil = first.at;
    }
    String key = HexFormat.of().formatHex(nonce);
    if (nonces.contains(key) || now.isAfter(expiresAt) || !expiresAt.isAfter(forgottenUntil)) {
      return false;
    }
    if (nonces.size() >= capacity) {
      throw new IllegalStateException(
          capacity + " consumed nonces are remembered; no more fit until some expire");
    }
    nonces.add(key);
    byExpiry.add(new Expiry(key, expiresAt));
    return true;
  }
}
