package io.treza.attestation.reference;

/**
 * Remembers the highest sequence number accepted of each application, so that an attacker who
 * serves an older file, still validly signed, is refused.
 *
 * <p>What it remembers should outlive the process and be common to all that serve the same purpose.
 * On a shared store {@code raise} is one conditional write. An implementation that cannot answer
 * throws an unchecked exception; the file is then refused.
 */
@FunctionalInterface
public interface SequenceStore {
  /**
   * Remembers {@code sequence} unless a higher one is remembered, atomically. Called only for files
   * that passed every other check.
   *
   * @return the highest that is now remembered; the file is refused if that is not {@code sequence}
   */
  long raise(String application, long sequence);
}
