package io.treza.sdk;

/**
 * What {@link TrezaClient#performEnclaveAction} can ask of an enclave. An open set.
 *
 * @param value as on the wire
 */
public record EnclaveAction(String value) {
  /** Stop a deployed enclave so that it can be resumed. */
  public static final EnclaveAction PAUSE = new EnclaveAction("pause");

  /** Start a paused enclave again. */
  public static final EnclaveAction RESUME = new EnclaveAction("resume");

  /** Stop a deployed, paused or failed enclave for good. */
  public static final EnclaveAction TERMINATE = new EnclaveAction("terminate");

  @Override
  public String toString() {
    return value;
  }
}
