package io.treza.sdk;

import java.util.Set;

/**
 * Where the platform says an enclave is in its life. An open set: a value this version does not
 * know is kept as it came.
 *
 * <p>{@link #DEPLOYED} is a claim that something was started. Whether the right thing runs, only
 * evidence says.
 *
 * @param value as on the wire, for example {@code DEPLOYED}
 */
public record EnclaveStatus(String value) {
  /** Created; nothing has happened yet. */
  public static final EnclaveStatus PENDING_DEPLOY = new EnclaveStatus("PENDING_DEPLOY");

  /** Being started. */
  public static final EnclaveStatus DEPLOYING = new EnclaveStatus("DEPLOYING");

  /** Started. */
  public static final EnclaveStatus DEPLOYED = new EnclaveStatus("DEPLOYED");

  /** Could not be started, paused, resumed or destroyed. */
  public static final EnclaveStatus FAILED = new EnclaveStatus("FAILED");

  /** Being stopped, to be resumed later. */
  public static final EnclaveStatus PAUSING = new EnclaveStatus("PAUSING");

  /** Stopped, to be resumed later. */
  public static final EnclaveStatus PAUSED = new EnclaveStatus("PAUSED");

  /** Being started again. */
  public static final EnclaveStatus RESUMING = new EnclaveStatus("RESUMING");

  /** To be destroyed; nothing has happened yet. */
  public static final EnclaveStatus PENDING_DESTROY = new EnclaveStatus("PENDING_DESTROY");

  /** Being destroyed. */
  public static final EnclaveStatus DESTROYING = new EnclaveStatus("DESTROYING");

  /** Gone; its record can be deleted. */
  public static final EnclaveStatus DESTROYED = new EnclaveStatus("DESTROYED");

  // BUILD_FAILED is known from the TypeScript SDK 1.3.0, TERMINATED from the API's old pages.
  private static final Set<String> NOT_STARTING = Set.of(
      "FAILED",
      "BUILD_FAILED",
      "PAUSING",
      "PAUSED",
      "PENDING_DESTROY",
      "DESTROYING",
      "DESTROYED",
      "TERMINATED");

  /**
   * Whether an enclave in this status may yet become {@link #DEPLOYED} without anybody asking for
   * it. An unknown status may.
   */
  public boolean mayBecomeDeployed() {
    return !NOT_STARTING.contains(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
