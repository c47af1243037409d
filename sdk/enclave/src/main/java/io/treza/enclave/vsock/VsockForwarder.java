package io.treza.enclave.vsock;

import io.treza.enclave.internal.vsock.Forwarding;
import io.treza.enclave.internal.vsock.Loopback;
import io.treza.enclave.internal.vsock.NativeSocket;
import io.treza.enclave.internal.vsock.SocketAddressBytes;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Joins a vsock port of the enclave and a TCP port of its loopback, inside this program: for images
 * with AWS's init, where nothing else does. An image built with {@code --init treza} has a forwarder
 * of its own, whose lists of ports and hosts are measured; take that if you can.
 *
 * <p>Takes a Java runtime of 22 or newer with native access ({@code --enable-native-access}), and a
 * loopback interface that is {@linkplain #raiseLoopback up}. 64 connections at a time, two threads each; more wait. There is no
 * list of hosts here: who answers at the parent's port, its operator decides, so put TLS over it.
 *
 * <p>Shown in an emulated enclave with 20,000 bytes through it; a megabyte did not arrive there, for a
 * reason not found yet. More was carried with sockets of this machine in place of vsock. Unproven on AWS.
 */
public final class VsockForwarder implements Closeable {
  private static final int CONNECTIONS = 64;
  private static final int ANY = -1;

  /** The parent instance's context id on AWS. */
  public static final int PARENT = 3;

  private final Forwarding forwarding;

  private VsockForwarder(Forwarding forwarding) {
    this.forwarding = forwarding;
  }

  /**
   * Raises the loopback interface, which AWS's init leaves down; nothing happens if it is up.
   *
   * @throws IOException if this process may not: it takes root
   * @throws UnsupportedOperationException on an older runtime, or without native access
   */
  public static void raiseLoopback() throws IOException {
    Loopback.raise();
  }

  /**
   * Leads whoever connects to a vsock port to a TCP port of the loopback address.
   *
   * @throws IOException if the port cannot be had
   * @throws UnsupportedOperationException on an older runtime, or without native access
   */
  public static VsockForwarder in(int vsockPort, int tcpPort) throws IOException {
    NativeSocket listener =
        NativeSocket.listen(new NativeSocket.Calls(), SocketAddressBytes.vsock(ANY, vsockPort));
    return new VsockForwarder(Forwarding.inwards(
        listener, new InetSocketAddress(InetAddress.getLoopbackAddress(), tcpPort), CONNECTIONS));
  }

  /**
   * Leads whoever connects to a TCP port of the loopback address to a vsock port elsewhere, for
   * example to that of a proxy on the parent instance.
   *
   * @param contextId mostly {@link #PARENT}
   * @throws IOException if the TCP port is taken
   * @throws UnsupportedOperationException on an older runtime, or without native access
   */
  public static VsockForwarder out(int tcpPort, int contextId, int vsockPort) throws IOException {
    NativeSocket.Calls calls = new NativeSocket.Calls();
    ServerSocket listener = new ServerSocket(tcpPort, 0, InetAddress.getLoopbackAddress());
    return new VsockForwarder(Forwarding.outwards(
        listener, calls, SocketAddressBytes.vsock(contextId, vsockPort), CONNECTIONS));
  }

  /** Ends its connections, and soon frees the port. */
  @Override
  public void close() {
    forwarding.close();
  }
}
