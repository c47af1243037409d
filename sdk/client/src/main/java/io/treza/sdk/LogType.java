package io.treza.sdk;

/**
 * Which part of an enclave's life a log is of. An open set: a value this version does not know is
 * kept as it came.
 *
 * @param value as on the wire
 */
public record LogType(String value) {
  /** All of them; only to ask with. */
  public static final LogType ALL = new LogType("all");

  /** What the workload writes. */
  public static final LogType APPLICATION = new LogType("application");

  /** What went wrong, from everywhere. */
  public static final LogType ERRORS = new LogType("errors");

  /** The container that deploys. */
  public static final LogType ECS = new LogType("ecs");

  /** The workflow around it. */
  public static final LogType STEPFUNCTIONS = new LogType("stepfunctions");

  /** The functions around it. */
  public static final LogType LAMBDA = new LogType("lambda");

  /** A build from source. */
  public static final LogType BUILD = new LogType("build");

  @Override
  public String toString() {
    return value;
  }
}
