package io.treza.platform;

import io.treza.attestation.PcrValue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * One enclave that a backend started. {@link #pause}, {@link #resume} and {@link #terminate} are
 * called one at a time; the other methods at any time by any number of threads.
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

  /**
   * The module id that its documents have now, so that nobody takes another enclave of the same
   * image for it; empty if the backend does not know it.
   */
  default Optional<String> moduleId() {
    return Optional.empty();
  }

  /**
   * Where the exposed ports of its workload are reached while it runs, by port. An address may be
   * another after it was paused, or found again.
   */
  default Map<Integer, InetSocketAddress> endpoints() {
    return Map.of();
  }

  /** What stands in for its workload, while it runs; empty if it has one. */
  default Optional<StandIn> standIn() {
    return Optional.empty();
  }

  /** Stops it so that it can be resumed. Does nothing if it is stopped. */
  void pause() throws IOException, InterruptedException;

  /** Starts it again. Does nothing if it runs. */
  void resume() throws IOException, InterruptedException;

  /** Stops it for good and removes what it needed. Does nothing the second time. */
  void terminate() throws IOException, InterruptedException;

  /**
   * Closes what this process holds of it when the server ends and the enclave goes on, for the next
   * one to find. Called last.
   */
  default void detach() throws IOException {}
}
