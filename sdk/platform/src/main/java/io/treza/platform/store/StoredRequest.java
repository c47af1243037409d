package io.treza.platform.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * That a request with an idempotency key created an enclave.
 *
 * @param key the key, unique among all wallets
 * @param bodyHash tells this request from another under the same key
 * @param enclaveId what it created
 * @param createdAt to the millisecond; a store may forget it a day later
 */
public record StoredRequest(String key, String bodyHash, String enclaveId, Instant createdAt) {
  /** Cuts the time. */
  public StoredRequest {
    createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
  }
}
