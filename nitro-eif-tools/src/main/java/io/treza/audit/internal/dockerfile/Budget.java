package io.treza.audit.internal.dockerfile;

/** What expansions of one file may still cost together, in characters and steps. */
final class Budget {
  private long left = Limits.EXPANSION;

  void spend(long cost) throws SyntaxException {
    left -= cost;
    if (left < 0) {
      throw new SyntaxException(
          "the variables of this file expand to more than anything honest; write values out");
    }
  }
}
