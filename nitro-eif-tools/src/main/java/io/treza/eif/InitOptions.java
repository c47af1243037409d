package io.treza.eif;

import java.util.Optional;

/**
 * How this project's init runs the command, beyond what the image says. It stands in the second
 * ramdisk, so PCR2 tells it.
 *
 * @param hardened whether the command has no capabilities and can get none, and can write to
 *     {@code /tmp}, {@code /run}, {@code /dev/shm} and the image's volumes only
 * @param heartbeat whether the parent instance must be told
 * @param agent whether the attestation agent runs beside the command
 * @param channels how the enclave is reached and what it reaches; if empty, as the image says ({@link
 *     Channels#of})
 */
public record InitOptions(
    boolean hardened, Heartbeat heartbeat, boolean agent, Optional<Channels> channels) {
  /** What is done about the heartbeat that {@code nitro-cli run-enclave} waits for. */
  public enum Heartbeat {
    /** The enclave ends if the parent does not answer. */
    REQUIRED,
    /** It is sent beside the boot, and the enclave goes on whatever becomes of it. */
    TOLERATED,
    /** None is sent: for parents that wait for none. */
    OFF
  }

  /** Not hardened, with a heartbeat that is required, with the agent, and the image's channels. */
  public static InitOptions defaults() {
    return new InitOptions(false, Heartbeat.REQUIRED, true, Optional.empty());
  }

  /** The same, hardened or not. */
  public InitOptions withHardened(boolean value) {
    return new InitOptions(value, heartbeat, agent, channels);
  }

  /** The same with another heartbeat. */
  public InitOptions withHeartbeat(Heartbeat value) {
    return new InitOptions(hardened, value, agent, channels);
  }

  /** The same, with the agent or without. */
  public InitOptions withAgent(boolean value) {
    return new InitOptions(hardened, heartbeat, value, channels);
  }

  /** The same with these channels, whatever the image says. */
  public InitOptions withChannels(Channels value) {
    return new InitOptions(hardened, heartbeat, agent, Optional.of(value));
  }
}
