package io.treza.cli;

import io.treza.sdk.TrezaClient;
import io.treza.sdk.Wait;

/** What an enclave can be waited for. */
enum Goal {
  DEPLOYED,
  PAUSED,
  RESUMED,
  DESTROYED,
  DELETED;

  /** Waits, and says what the enclave is then. */
  String await(TrezaClient client, String enclaveId, Wait wait) throws InterruptedException {
    switch (this) {
      case DEPLOYED -> client.waitUntilDeployed(enclaveId, wait);
      case PAUSED -> client.waitUntilPaused(enclaveId, wait);
      case RESUMED -> client.waitUntilResumed(enclaveId, wait);
      case DESTROYED -> client.waitUntilDestroyed(enclaveId, wait);
      case DELETED -> client.waitUntilDeleted(enclaveId, wait);
    }
    return enclaveId + " is " + (this == RESUMED ? DEPLOYED : this);
  }
}
