package io.treza.audit;

/**
 * One thing that one piece of evidence says about a check.
 *
 * @param id stable: the check's own, or the check's with a lower-case name after a dash, such as
 *     {@code H04-env}
 * @param message what was seen; secrets are never printed whole
 * @param fix what to do; empty if there is nothing to mend
 */
public record Finding(String id, Result result, String message, Location location, String fix) {
  public Finding {
    if (!id.matches("[HPE][0-9]{2}(-[a-z0-9]+)*")) {
      throw new IllegalArgumentException("no id of a finding: " + id);
    }
    CheckId.valueOf(id.substring(0, 3));
  }

  /** The check it belongs to. */
  public CheckId check() {
    return CheckId.valueOf(id.substring(0, 3));
  }

  /** A finding about the evidence as a whole, with nothing to mend. */
  public static Finding of(String id, Result result, String message) {
    return new Finding(id, result, message, new Location.Whole(), "");
  }
}
