package io.treza.platform.store;

/** Where an enclave is in its life; the names are those of the wire. */
public enum EnclaveStatus {
  /** Asked for; nothing was started. */
  PENDING_DEPLOY,
  /** Being built and started. */
  DEPLOYING,
  /** It runs. */
  DEPLOYED,
  /** Being stopped so that it can be resumed. */
  PAUSING,
  /** It can be resumed. */
  PAUSED,
  /** Being started again. */
  RESUMING,
  /** To be stopped for good. */
  PENDING_DESTROY,
  /** Being stopped for good. */
  DESTROYING,
  /** Stopped for good. */
  DESTROYED,
  /** It could not be started, stopped or found again, or ended by itself. */
  FAILED
}
