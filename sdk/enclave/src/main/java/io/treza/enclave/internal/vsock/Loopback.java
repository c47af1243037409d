package io.treza.enclave.internal.vsock;

import io.treza.enclave.internal.foreign.CLibrary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The loopback interface, which a kernel has, but down, until somebody raises it (netdevice(7)). */
public final class Loopback {
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final short IFF_UP = 0x1;

  /** {@code struct ifreq}: a name of 16 bytes, then here the flags. */
  private static final int REQUEST_BYTES = 40;

  private static final int FLAGS_AT = 16;

  private Loopback() {}

  /** Raises it; 127.0.0.1 is there from then on. Does nothing if it is up. */
  public static void raise() throws IOException {
    CLibrary library = CLibrary.load();
    CLibrary.Outcome socket = library
        .function("socket", int.class, int.class, int.class, int.class)
        .call(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket.intValue() < 0) {
      throw new IOException("this kernel has no IPv4 (errno " + socket.errno() + ")");
    }
    ByteBuffer request = ByteBuffer.allocateDirect(REQUEST_BYTES).order(ByteOrder.nativeOrder());
    request
        .put("lo".getBytes(StandardCharsets.US_ASCII))
        .putShort(FLAGS_AT, IFF_UP)
        .rewind();
    CLibrary.Outcome raised = library
        .variadic("ioctl", 2, int.class, int.class, long.class, ByteBuffer.class)
        .call(socket.intValue(), SIOCSIFFLAGS, request);
    library.function("close", int.class, int.class).call(socket.intValue());
    if (raised.intValue() < 0) {
      throw new IOException("the loopback interface cannot be raised (errno " + raised.errno()
          + "): only root, or who has CAP_NET_ADMIN, can");
    }
  }
}
