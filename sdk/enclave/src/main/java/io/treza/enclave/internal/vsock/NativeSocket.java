package io.treza.enclave.internal.vsock;

import io.treza.enclave.internal.foreign.CLibrary;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * A stream socket of the C library's: blocking, one thread reading and one writing.
 *
 * <p>Its number is another file's once it is closed, so {@link #close} is for whoever knows that no
 * other thread uses it; {@link #abort} is for everybody.
 */
public final class NativeSocket implements Closeable {
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_WR = 1;
  private static final int SHUT_RDWR = 2;
  private static final int BACKLOG = 128;
  private static final short POLLIN = 1;
  private static final int EINTR = 4;

  private final Calls calls;
  private final int descriptor;
  private boolean closed;

  private NativeSocket(Calls calls, int descriptor) {
    this.calls = calls;
    this.descriptor = descriptor;
  }

  /** The functions, found once. */
  public static final class Calls {
    private final CLibrary library = CLibrary.load();
    private final CLibrary.Function socket =
        library.function("socket", int.class, int.class, int.class, int.class);
    private final CLibrary.Function bind =
        library.function("bind", int.class, int.class, ByteBuffer.class, int.class);
    private final CLibrary.Function listen =
        library.function("listen", int.class, int.class, int.class);
    private final CLibrary.Function poll =
        library.function("poll", int.class, ByteBuffer.class, long.class, int.class);
    private final CLibrary.Function accept =
        library.function("accept4", int.class, int.class, long.class, long.class, int.class);
    private final CLibrary.Function connect =
        library.function("connect", int.class, int.class, ByteBuffer.class, int.class);
    private final CLibrary.Function recv =
        library.function("recv", long.class, int.class, ByteBuffer.class, long.class, int.class);
    private final CLibrary.Function send =
        library.function("send", long.class, int.class, ByteBuffer.class, long.class, int.class);
    private final CLibrary.Function shutdown =
        library.function("shutdown", int.class, int.class, int.class);
    private final CLibrary.Function close = library.function("close", int.class, int.class);
  }

  /** Listens at an address. */
  public static NativeSocket listen(Calls calls, SocketAddressBytes address) throws IOException {
    NativeSocket socket = open(calls, address);
    try {
      socket.at("bind", calls.bind, address);
      checked("listen", calls.listen.call(socket.descriptor, BACKLOG));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Connects to an address. */
  public static NativeSocket connect(Calls calls, SocketAddressBytes address) throws IOException {
    NativeSocket socket = open(calls, address);
    try {
      socket.at("connect", calls.connect, address);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static NativeSocket open(Calls calls, SocketAddressBytes address) throws IOException {
    CLibrary.Outcome opened = calls.socket.call(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    return new NativeSocket(calls, (int) checked("socket", opened));
  }

  private void at(String name, CLibrary.Function function, SocketAddressBytes address)
      throws IOException {
    ByteBuffer direct = address.direct();
    checked(name, function.call(descriptor, direct, direct.capacity()));
  }

  /** The next connection; empty if there is none for so long. */
  public Optional<NativeSocket> accept(Duration limit) throws IOException {
    if (!awaitReadable(limit)) {
      return Optional.empty();
    }
    CLibrary.Outcome accepted = calls.accept.call(descriptor, 0L, 0L, SOCK_CLOEXEC);
    return Optional.of(new NativeSocket(calls, (int) checked("accept", accepted)));
  }

  /** Whether there is something to read, or the end, within so long. */
  public boolean awaitReadable(Duration limit) throws IOException {
    ByteBuffer event = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    event.putInt(descriptor).putShort(POLLIN).flip();
    CLibrary.Outcome polled = calls.poll.call(event, 1L, (int) limit.toMillis());
    boolean interrupted = polled.intValue() < 0 && polled.errno() == EINTR;
    return !interrupted && checked("poll", polled) > 0;
  }

  /**
   * Reads what is there into a direct buffer, from its beginning.
   *
   * @return whether there was something, ready to be taken from it; else it is the end
   */
  public boolean read(ByteBuffer into) throws IOException {
    into.clear();
    CLibrary.Outcome got;
    do {
      got = calls.recv.call(descriptor, into, (long) into.capacity(), 0);
    } while (got.value() < 0 && got.errno() == EINTR);
    into.limit((int) checked("recv", got));
    return into.hasRemaining();
  }

  /** Writes all that a direct buffer has. */
  public void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      CLibrary.Outcome put =
          calls.send.call(descriptor, from, (long) from.remaining(), MSG_NOSIGNAL);
      if (put.value() >= 0 || put.errno() != EINTR) {
        from.position(from.position() + (int) checked("send", put));
      }
    }
  }

  /** Tells the peer that nothing more comes. */
  public void shutdownOutput() {
    // Of no interest if it fails: the peer is gone then.
    calls.shutdown.call(descriptor, SHUT_WR);
  }

  /** Ends it for both sides, and whatever waits for it. */
  public synchronized void abort() {
    if (!closed) {
      calls.shutdown.call(descriptor, SHUT_RDWR);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      calls.close.call(descriptor);
    }
  }

  private static long checked(String function, CLibrary.Outcome outcome) throws IOException {
    if (outcome.value() < 0) {
      throw new IOException(function + " failed with errno " + outcome.errno());
    }
    return outcome.value();
  }
}
