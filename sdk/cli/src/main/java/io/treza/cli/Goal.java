package io.treza.cli;

import io.treza.sdk.TrezaClient;
import io.treza.sdk.Wait;

/** What an enclave can be waited for. */
enum Goal {
  DEPLOYED("DEPLOYED", TrezaClient::waitUntilDeployed),
  PAUSED("PAUSED", TrezaClient::waitUntilPaused),
  RESUMED("DEPLOYED", TrezaClient::waitUntilResumed),
  DESTROYED("DESTROYED", TrezaClient::waitUntilDestroyed),
  DELETED("deleted", TrezaClient::waitUntilDeleted);

  private final String then;
  private final Waiter waiter;

  Goal(String then, Waiter waiter) {
    this.then = then;
    this.waiter = waiter;
  }

  @FunctionalInterface
  private interface Waiter {
    void until(TrezaClient client, String enclaveId, Wait wait) throws InterruptedException;
  }

  /** Waits, and says what the enclave is then. */
  String await(TrezaClient client, String enclaveId, Wait wait) throws InterruptedException {
    waiter.until(client, enclaveId, wait);
    return enclaveId + " is " + then;
  }
}
