package io.treza.enclave;

import io.treza.enclave.internal.agent.AgentNsm;
import io.treza.enclave.internal.device.DeviceNsm;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The Nitro Secure Module of the enclave that this program runs in. Thread-safe.
 *
 * <p>What a workload <em>registers</em> is in every document that anybody asks for, outside the
 * enclave or inside, and nobody but the first to register can change it. So register first thing,
 * before anything from outside is read; {@link EnclaveIdentity} does.
 *
 * <p>A field of no bytes is one that a document does not have. All methods throw {@link
 * IllegalArgumentException} for fields longer than the limits below (AWS, attestation process,
 * section 3.2.2; docs/enclave-init.md) and registers that are not there.
 */
public interface Nsm extends Closeable {
  /** The longest nonce, in bytes. */
  int MAX_NONCE_BYTES = 512;

  /** The longest public key, in bytes. */
  int MAX_PUBLIC_KEY_BYTES = 1024;

  /** The longest user data, and the most a register is extended by at once, in bytes. */
  int MAX_USER_DATA_BYTES = 512;

  /** Names the agent's socket, where it is not {@code /run/treza/agent.sock}. */
  String AGENT_SOCKET_VARIABLE = "TREZA_AGENT_SOCKET";

  /**
   * Through the attestation agent of this project's init: the only way for an image built with it
   * ({@code --init treza}). The socket is the one that {@link #AGENT_SOCKET_VARIABLE} names.
   *
   * <p>The connection, once it has registered, is the holder for as long as the enclave runs: there
   * is no second one. Keep it open, and hand this object around rather than make another.
   *
   * @throws NsmException if nothing answers there
   */
  static Nsm agent() throws NsmException {
    return agent(Path.of(
        Optional.ofNullable(System.getenv(AGENT_SOCKET_VARIABLE)).orElse("/run/treza/agent.sock")));
  }

  /**
   * Through an agent elsewhere.
   *
   * @param socket the Unix socket
   * @throws NsmException if nothing answers there
   */
  static Nsm agent(Path socket) throws NsmException {
    return AgentNsm.open(socket);
  }

  /**
   * Directly through {@code /dev/nsm}, for images with AWS's init or without an agent. Takes a Java
   * runtime of 22 or newer, with {@code --enable-native-access} for this module or, on the class
   * path, {@code ALL-UNNAMED}. Here a registration is this object's alone: every program that may
   * open the device gets documents with fields of its choice.
   *
   * @throws NsmException {@link NsmException.Problem#UNSUPPORTED} on an older runtime, {@link
   *     NsmException.Problem#UNREACHABLE} if the device cannot be opened
   */
  static Nsm device() throws NsmException {
    return DeviceNsm.open(Path.of("/dev/nsm"));
  }

  /**
   * Has every later document carry this, in place of what was registered before.
   *
   * @throws NsmException {@link NsmException.Problem#NOT_HOLDER} if somebody else registered first:
   *     give up then
   */
  void register(byte[] publicKey, byte[] userData) throws NsmException;

  /** A document (COSE_Sign1) for a nonce, with what is registered. */
  byte[] attest(byte[] nonce) throws NsmException;

  /**
   * A document with just these fields, whatever is registered; for example for the {@code Recipient}
   * of a request to KMS. Only for the holder, so register first, be it nothing.
   */
  byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) throws NsmException;

  /** Random bytes of the hypervisor's, as many as it gives at once: up to 256. */
  byte[] random() throws NsmException;

  /**
   * A register's value and state.
   *
   * @param index 0 to 31
   */
  PcrState describePcr(int index) throws NsmException;

  /**
   * Makes a register SHA-384 of its value and the data. Only for the holder.
   *
   * @param index 16 to 31
   * @param data 1 to {@link #MAX_USER_DATA_BYTES} bytes
   * @return the new value, 96 lower-case hex digits
   */
  String extendPcr(int index, byte[] data) throws NsmException;

  /**
   * Makes a register constant until the enclave ends, and part of every document. Only for the
   * holder.
   *
   * @param index 16 to 31
   */
  void lockPcr(int index) throws NsmException;

  /**
   * Hangs up. What was registered is forgotten, and nobody can register again until the enclave is
   * started anew.
   */
  @Override
  void close();
}
