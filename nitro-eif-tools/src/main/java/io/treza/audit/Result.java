package io.treza.audit;

import java.util.Collection;

/** What a check came to, in order of weight: of several, the last in this order counts. */
public enum Result {
  /** There is nothing here for the check to look at. */
  NOT_APPLICABLE,
  /** Looked at, and as it should be. */
  PASS,
  /** The evidence given cannot decide it; never the same as a pass. */
  INCONCLUSIVE,
  /** Worth knowing, and not wrong by itself. */
  WARN,
  /** Not as it should be. */
  FAIL;

  /** The one of most weight; inconclusive if there is none, since nobody looked. */
  public static Result of(Collection<Result> results) {
    return results.stream().max(Result::compareTo).orElse(INCONCLUSIVE);
  }
}
