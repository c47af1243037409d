package io.treza.sdk;

/**
 * Text that must not be seen in logs: a record that holds one shows nothing of it.
 *
 * @param value the text itself, for example {@code treza_live_…}
 */
public record Secret(String value) {
  /** Never the value. */
  @Override
  public String toString() {
    return "Secret[hidden]";
  }
}
