package io.treza.platform.channel;

import io.treza.platform.internal.AgentClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * The attestation agent of an enclave, asked from outside, where one may choose a nonce and nothing
 * else; the frames are in {@code docs/enclave-init.md}. Thread-safe.
 *
 * <p>What it gives is not verified, and nothing says that the enclave gave it: a document protects
 * itself.
 */
public final class AttestationAgent {
  /** Where it listens: vsock, and the TCP port that a parent carries to it. */
  public static final int PORT = AgentClient.PORT;

  private final AgentClient client;

  private AttestationAgent(AgentClient.Connector connector) {
    this.client = new AgentClient(connector);
  }

  /** One that a parent made reachable over TCP, as {@code --ingress 0.0.0.0:9001=9001} does. */
  public static AttestationAgent at(InetSocketAddress address) {
    return new AttestationAgent(limit -> connect(address, limit));
  }

  /** One whose enclave is reached through its parent's vsock. */
  public static AttestationAgent through(EnclaveTransport transport) {
    return new AttestationAgent(limit -> transport.connect(PORT, limit));
  }

  /**
   * A document that carries the nonce. While the agent says that it is asked too often, this asks
   * again until the limit.
   *
   * @param nonce 1 to 512 bytes
   * @param limit how long all of it may take
   * @return COSE_Sign1, not verified
   * @throws IOException if there is none, with a message that says why
   */
  public byte[] evidence(byte[] nonce, Duration limit) throws IOException {
    return client.document(nonce, limit);
  }

  private static SocketChannel connect(InetSocketAddress address, Duration limit)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      // 0 would wait for ever.
      channel.socket().connect(address, Math.toIntExact(Math.max(1, limit.toMillis())));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }
}
