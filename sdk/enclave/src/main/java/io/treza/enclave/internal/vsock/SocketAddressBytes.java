package io.treza.enclave.internal.vsock;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A socket address as the C library takes it.
 *
 * @param family of addresses
 * @param bytes the whole structure, of 16 bytes in the families here
 */
public record SocketAddressBytes(int family, byte[] bytes) {
  private static final int AF_VSOCK = 40;
  private static final int LENGTH = 16;

  /** {@code struct sockaddr_vm} (linux/vm_sockets.h); -1 is any id, and any port. */
  public static SocketAddressBytes vsock(int contextId, int port) {
    return new SocketAddressBytes(
        AF_VSOCK,
        ByteBuffer.allocate(LENGTH)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_VSOCK)
            .putShort((short) 0)
            .putInt(port)
            .putInt(contextId)
            .array());
  }

  ByteBuffer direct() {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
