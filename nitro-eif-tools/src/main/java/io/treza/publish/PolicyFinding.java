package io.treza.publish;

/**
 * Something wrong with a key policy.
 *
 * @param error whether somebody gets the key's secrets who should not, or an enclave does not that
 *     should; otherwise it is only weaker than it could be
 * @param message which statement, what is wrong, and what to do
 */
public record PolicyFinding(boolean error, String message) {
  @Override
  public String toString() {
    return (error ? "error: " : "warning: ") + message;
  }
}
