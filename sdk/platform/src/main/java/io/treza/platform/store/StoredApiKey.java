package io.treza.platform.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * An API key without its secret.
 *
 * @param id {@code key_} and more
 * @param wallet whose enclaves, tasks, keys and logs it reaches
 * @param name as its owner wrote it
 * @param hash SHA-256 of the whole key, in lower-case hexadecimal
 * @param prefix the beginning of the key, by which its owner recognises it
 * @param permissions what it may do, for example {@code enclaves:read}
 * @param status {@code active}, or it lets nobody in
 * @param lastUsed to the millisecond, if it ever was
 * @param createdAt to the millisecond
 * @param updatedAt to the millisecond
 * @param version 1 for a new one
 */
public record StoredApiKey(
    String id,
    String wallet,
    String name,
    String hash,
    String prefix,
    List<String> permissions,
    String status,
    Optional<Instant> lastUsed,
    Instant createdAt,
    Instant updatedAt,
    long version)
    implements StoredItem {

  /** Cuts the times to what the wire shows. */
  public StoredApiKey {
    permissions = List.copyOf(permissions);
    lastUsed = lastUsed.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
    createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
    updatedAt = updatedAt.truncatedTo(ChronoUnit.MILLIS);
  }
}
