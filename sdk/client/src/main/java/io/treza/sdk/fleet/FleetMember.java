package io.treza.sdk.fleet;

import io.treza.sdk.EvidenceSource;

/**
 * One enclave that is to be attested anew.
 *
 * @param name what reports call it, and what the source is asked for: the platform's id of the
 *     enclave where the source is the platform
 * @param source where its evidence comes from; it takes a nonce of at least 16 bytes, since without
 *     one anybody could show an old document
 */
public record FleetMember(String name, EvidenceSource source) {
  private static final int MIN_NONCE_BYTES = 16;

  /** Refuses a source without nonces. */
  public FleetMember {
    if (source.nonceBytes() < MIN_NONCE_BYTES) {
      throw new IllegalArgumentException(
          name + ": its evidence takes a nonce of " + source.nonceBytes() + " bytes, fewer than "
              + MIN_NONCE_BYTES + ", so it cannot be shown to be new");
    }
  }
}
