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

  /** To be built from source; nothing has happened yet. */
  public static final EnclaveStatus PENDING_BUILD = new EnclaveStatus("PENDING_BUILD");

  /** Being built from source. */
  public static final EnclaveStatus BUILDING = new EnclaveStatus("BUILDING");

  /** Could not be built. */
  public static final EnclaveStatus BUILD_FAILED = new EnclaveStatus("BUILD_FAILED");

  // TERMINATED is known from the API's old pages.
  private static final Set<String> ENDED =
      Set.of("FAILED", "BUILD_FAILED", "DESTROYED", "TERMINATED");
  private static final Set<String> ENDING = Set.of("PENDING_DESTROY", "DESTROYING");
  private static final Set<String> STOPPED = Set.of("PAUSING", "PAUSED");

  /**
   * Whether an enclave in this status may yet become {@link #DEPLOYED} without anybody asking for
   * it. An unknown status may.
   */
  public boolean mayBecomeDeployed() {
    return !isLost() && !STOPPED.contains(value);
  }

  /** Whether it failed or is gone, and nobody works on it any more. */
  public boolean isFinal() {
    return ENDED.contains(value);
  }

  /** Whether it failed, is gone or is about to go. */
  boolean isLost() {
    return ENDED.contains(value) || ENDING.contains(value);
  }

  /** Whether it is gone for good. */
  boolean isGone() {
    return equals(DESTROYED) || value.equals("TERMINATED");
  }

  /** Whether it is being removed. */
  boolean isGoing() {
    return ENDING.contains(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
