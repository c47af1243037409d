package io.treza.sdk.attested;

import io.treza.attestation.VerifiedAttestation;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import okio.ByteString;

/** The keys that are attested now: each for a while, the newest ones only. Thread-safe. */
final class AttestedKeys {
  /** A service of more enclaves than this, each with a key of its own, verifies more often. */
  private static final int CAPACITY = 256;

  private final InstantSource clock;
  private final Duration lifetime;
  private final Map<ByteString, Entry> entries = new LinkedHashMap<>();

  AttestedKeys(InstantSource clock, Duration lifetime) {
    this.clock = clock;
    this.lifetime = lifetime;
  }

  private record Entry(Instant since, VerifiedAttestation attestation) {}

  /** When evidence that is about to be obtained begins to age. */
  Instant now() {
    return clock.instant();
  }

  synchronized void add(ByteString key, Instant since, VerifiedAttestation attestation) {
    entries.remove(key);
    entries.put(key, new Entry(since, attestation));
    if (entries.size() > CAPACITY) {
      entries.remove(entries.keySet().iterator().next());
    }
  }

  synchronized boolean contains(ByteString key) {
    dropExpired();
    return entries.containsKey(key);
  }

  synchronized List<VerifiedAttestation> attestations() {
    dropExpired();
    return entries.values().stream().map(Entry::attestation).toList();
  }

  /** A clock that went back says nothing about age, so that counts as expired too. */
  private void dropExpired() {
    Instant now = clock.instant();
    entries.values().removeIf(entry -> {
      Duration age = Duration.between(entry.since(), now);
      return age.isNegative() || age.compareTo(lifetime) >= 0;
    });
  }
}
