package io.treza.platform.store;

/** The store cannot be used: what was asked of it may or may not have taken place. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what failed, with its cause. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
