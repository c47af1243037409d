package io.treza.platform.internal;

/** Where an enclave is in its life; the names are those of the wire. */
enum Status {
  PENDING_DEPLOY,
  DEPLOYING,
  DEPLOYED,
  PAUSING,
  PAUSED,
  RESUMING,
  PENDING_DESTROY,
  DESTROYING,
  DESTROYED,
  FAILED
}
