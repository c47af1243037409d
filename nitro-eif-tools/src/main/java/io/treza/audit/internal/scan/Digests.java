package io.treza.audit.internal.scan;

/** Digests in image references. */
final class Digests {
  private Digests() {}

  /** What follows the last {@code @}, or all of it. */
  static String of(String reference) {
    return reference.substring(reference.lastIndexOf('@') + 1);
  }
}
