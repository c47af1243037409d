package io.treza.testkit;

/** What a module says about one register: its value, and whether it can still change. */
public final class PcrState {
  private final byte[] value;
  private final boolean locked;

  PcrState(byte[] value, boolean locked) {
    this.value = value.clone();
    this.locked = locked;
  }

  /** The register's 48 bytes. */
  public byte[] value() {
    return value.clone();
  }

  /** Whether the register refuses to be extended. */
  public boolean locked() {
    return locked;
  }
}
