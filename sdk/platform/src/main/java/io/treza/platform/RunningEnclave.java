package io.treza.platform;

import io.treza.attestation.PcrValue;
import java.io.IOException;
import java.util.SortedMap;

/**
 * One enclave that a backend started. {@link #pause}, {@link #resume} and {@link #terminate} are
 * called one at a time; {@link #evidence} at any time by any number of threads.
 */
public interface RunningEnclave {
  /**
   * The registers that its documents will show, at least PCR0, PCR1 and PCR2: what was measured
   * when its image was built, or zeros in debug mode.
   */
  SortedMap<Integer, PcrValue> pcrs();

  /**
   * A document that carries the nonce. Nothing else in it is the caller's choice: public key and
   * user data are the workload's.
   *
   * @param nonce 1 to 1024 bytes
   * @return COSE_Sign1
   * @throws IOException if the enclave gives none, for example because it is paused
   */
  byte[] evidence(byte[] nonce) throws IOException;

  /** Stops it so that it can be resumed. Does nothing if it is stopped. */
  void pause() throws IOException, InterruptedException;

  /** Starts it again. Does nothing if it runs. */
  void resume() throws IOException, InterruptedException;

  /** Stops it for good and removes what it needed. Does nothing the second time. */
  void terminate() throws IOException, InterruptedException;
}
