package io.treza.enclave.internal.device;

import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.internal.foreign.CLibrary;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The driver's way of carrying a request: one ioctl with the addresses of two buffers (linux/nsm.h). */
final class IoctlDevice implements NsmDevice {
  private static final int MAX_ANSWER_BYTES = 0x3000;

  /** {@code struct nsm_raw}: address and length of the request, then of the answer; 64 bits each. */
  private static final int MESSAGE_BYTES = 4 * Long.BYTES;

  private static final int ANSWER_LENGTH_AT = 3 * Long.BYTES;

  /** {@code _IOWR(0x0A, 0x0, struct nsm_raw)}. */
  private static final long NSM_IOCTL_RAW = 3L << 30 | MESSAGE_BYTES << 16 | 0x0A << 8;

  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int EINTR = 4;

  private final Path path;
  private final CLibrary library;
  private final CLibrary.Function ioctl;
  private final int descriptor;
  private boolean closed;

  private IoctlDevice(Path path, CLibrary library, int descriptor) {
    this.path = path;
    this.library = library;
    this.ioctl = library.variadic("ioctl", 2, int.class, int.class, long.class, ByteBuffer.class);
    this.descriptor = descriptor;
  }

  static IoctlDevice open(Path path) throws NsmException {
    try {
      return open(CLibrary.load(), path);
    } catch (UnsupportedOperationException e) {
      throw new NsmException(
          Problem.UNSUPPORTED,
          path + ": " + e.getMessage()
              + "; or build the image with --init treza and call Nsm.agent()",
          e);
    }
  }

  private static IoctlDevice open(CLibrary library, Path path) throws NsmException {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    ByteBuffer direct = ByteBuffer.allocateDirect(name.length).put(name).flip();
    CLibrary.Outcome opened = library
        .variadic("open", 2, int.class, ByteBuffer.class, int.class)
        .call(direct, O_RDWR | O_CLOEXEC);
    if (opened.intValue() < 0) {
      throw new NsmException(
          Problem.UNREACHABLE,
          path + " cannot be opened (errno " + opened.errno()
              + "): it is there in an enclave, and for the image's user if the image has no agent");
    }
    return new IoctlDevice(path, library, opened.intValue());
  }

  /** One at a time, and none after the descriptor may be somebody else's. */
  @Override
  public synchronized byte[] exchange(byte[] request) throws NsmException {
    if (closed) {
      throw new NsmException(Problem.LOST, path + " is closed");
    }
    ByteBuffer in = ByteBuffer.allocateDirect(request.length).put(request).flip();
    ByteBuffer out = ByteBuffer.allocateDirect(MAX_ANSWER_BYTES);
    ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES).order(ByteOrder.nativeOrder());
    CLibrary.Outcome outcome;
    try {
      message
          .putLong(library.address(in))
          .putLong(request.length)
          .putLong(library.address(out))
          .putLong(MAX_ANSWER_BYTES)
          .flip();
      do {
        outcome = ioctl.call(descriptor, NSM_IOCTL_RAW, message);
      } while (outcome.intValue() < 0 && outcome.errno() == EINTR);
    } finally {
      Reference.reachabilityFence(in);
      Reference.reachabilityFence(out);
    }
    if (outcome.intValue() < 0) {
      throw new NsmException(
          Problem.UNREACHABLE, path + " did not answer (errno " + outcome.errno() + ")");
    }
    long length = message.getLong(ANSWER_LENGTH_AT);
    if (length < 0 || length > MAX_ANSWER_BYTES) {
      throw new NsmException(Problem.PROTOCOL, path + " answers with " + length + " bytes");
    }
    byte[] answer = new byte[(int) length];
    out.get(answer);
    return answer;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      library.function("close", int.class, int.class).call(descriptor);
    }
  }

  /** The path. */
  @Override
  public String toString() {
    return path.toString();
  }
}
