package io.treza.sdk;

/**
 * One thing that is wrong with a request, found before it was sent.
 *
 * @param path where: a field of the request as the wire has it, {@code providerConfig.cpuCount}
 * @param message what is wrong, a sentence without its subject: {@code "must be one of 2, 4"}
 * @param hint what to do about it
 */
public record RequestProblem(String path, String message, String hint) {
  /** The three on one line. */
  @Override
  public String toString() {
    return path + " " + message + " (" + hint + ")";
  }
}
