package io.treza.platform.store;

/** Where a line of an enclave's log comes from. */
public enum LogKind {
  /** Opening the image, building and measuring the enclave image. */
  BUILD,
  /** Kernel and init, until the application starts. */
  BOOT,
  /** What the application writes. */
  APPLICATION,
  /** Each change of the enclave's status. */
  TRANSITION,
  /** Why something failed. */
  ERROR
}
