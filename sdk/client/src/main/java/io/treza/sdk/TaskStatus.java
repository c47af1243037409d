package io.treza.sdk;

/**
 * Where a task is. An open set: a value this version does not know is kept as it came.
 *
 * @param value as on the wire
 */
public record TaskStatus(String value) {
  /** Not run yet. */
  public static final TaskStatus PENDING = new TaskStatus("pending");

  /** Running, or to be run by its schedule. */
  public static final TaskStatus RUNNING = new TaskStatus("running");

  /** Not to be run. */
  public static final TaskStatus STOPPED = new TaskStatus("stopped");

  /** Its last run failed. */
  public static final TaskStatus FAILED = new TaskStatus("failed");

  @Override
  public String toString() {
    return value;
  }
}
