package io.treza.platform.internal;

import java.util.Set;

/**
 * Whose API key a request carries, and what it may do.
 *
 * @param keyId the key's id, not the key
 * @param wallet the only wallet whose enclaves, tasks, keys and logs it reaches
 */
record Caller(String keyId, String wallet, Set<Scope> scopes) {
  Caller {
    scopes = Set.copyOf(scopes);
  }

  boolean owns(String walletAddress) {
    return wallet.equals(walletAddress);
  }
}
