package io.treza.platform.channel;

import io.treza.platform.internal.channel.LoopbackTransport;
import io.treza.platform.internal.channel.UnixSocketTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How an enclave's vsock ports are reached from its parent, and how the enclave reaches the parent.
 * Safe for use by several threads.
 *
 * <p>What comes this way is not the enclave's word: whoever holds the parent can put himself here.
 * Only TLS to a key that evidence binds tells the enclave from others.
 */
public interface EnclaveTransport {
  /**
   * Where a port of the enclave is reached, for one who connects without waiting.
   *
   * @param address of a Unix socket or a TCP port on this machine
   * @param request a line, without its end, that is sent first and answered by {@code OK}, a space,
   *     a number and a line feed; none if the connection is the enclave's at once
   */
  record Route(SocketAddress address, Optional<String> request) {}

  /**
   * Where a port of the enclave is reached.
   *
   * @param port 0 to 4294967295
   */
  Route route(long port);

  /**
   * Connects to a port of the enclave and waits until that is done.
   *
   * @param port 0 to 4294967295
   * @return the connection, in blocking mode; the caller closes it
   * @throws java.net.ConnectException if nothing listens there
   * @throws java.net.SocketTimeoutException if it takes longer than the limit
   */
  SocketChannel connect(long port, Duration limit) throws IOException;

  /**
   * Listens to what the enclave connects to at the parent. Whoever closes a listener whose address
   * is a Unix socket deletes the file.
   *
   * @param port 0 to 4294967295
   * @return in blocking mode; the caller closes it
   * @throws IOException if another listens there already, or this transport knows no such way
   */
  ServerSocketChannel listen(long port) throws IOException;

  /**
   * Through a Unix socket of the enclave's host, as {@code vhost-device-vsock} and Firecracker offer
   * it: {@code CONNECT port} there reaches the enclave, and what the enclave connects to at the
   * parent arrives at a second socket, whose name is this one's, an underscore and the port.
   *
   * <p>Who may connect to a socket is for the directory's permissions to say: keep it private.
   */
  static EnclaveTransport unixSocket(Path uds) {
    return new UnixSocketTransport(uds);
  }

  /**
   * For a simulated enclave, whose program runs on this machine: the enclave's port is TCP port of
   * the same number on 127.0.0.1. Nothing can be listened to: that program reaches out by itself.
   */
  static EnclaveTransport loopback() {
    return new LoopbackTransport();
  }
}
