package io.treza.platform;

import io.treza.attestation.TrustAnchor;
import java.io.IOException;
import java.util.Optional;

/**
 * What runs enclaves: the seam between the API and simulation, an emulator or a cloud account.
 * Implementations are thread-safe.
 */
public interface EnclaveBackend {
  /** What it is, for logs and messages, for example {@code simulated}. */
  String name();

  /** The root that its enclaves' documents chain to, and by its nature what they prove. */
  TrustAnchor trustAnchor();

  /**
   * Starts an enclave and returns once it runs. What an earlier process of this server began of the
   * same enclave and did not finish is finished, or begun again.
   *
   * @param listener hears of it from now until it is terminated, from any thread
   * @throws IOException if it cannot be started; the message becomes the enclave's
   *     {@code error_message} and is shown to whoever asks. Nothing of it is left running
   * @throws InterruptedException if the thread was interrupted meanwhile; likewise
   */
  RunningEnclave launch(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException;

  /**
   * Whether enclaves go on when this process ends, and {@link #reattach} finds them. Those of other
   * backends are terminated when the server is stopped.
   */
  default boolean outlivesServer() {
    return false;
  }

  /**
   * Finds an enclave again that an earlier process of this server launched, running or paused. It
   * changes nothing: a launch that was not finished is {@link #launch}'s to finish or {@link
   * #remove}'s to undo.
   *
   * @return the enclave; empty if it is known that there is none, or that it was not launched to the
   *     end
   * @throws EnclaveRefusedException if what is there is another; the enclave is FAILED then
   * @throws IOException if it cannot be told now, as without valid credentials or a network. That is
   *     no evidence of anything: the enclave keeps its status, and is looked for again later
   */
  default Optional<RunningEnclave> reattach(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    return Optional.empty();
  }

  /**
   * Removes all there is of an enclave that this process neither launched nor found again: it runs,
   * is paused, was half launched, has ended, or its launch failed and left something. Does nothing if
   * there is nothing.
   *
   * @throws IOException if something is left; the message names it. It may be called again
   */
  default void remove(LaunchRequest request) throws IOException, InterruptedException {}
}
