package io.treza.enclave.internal.agent;

import io.treza.enclave.NsmException;
import io.treza.enclave.NsmException.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one connection to the agent, which after it registered must never end.
 *
 * <p>It belongs to a thread of its own, because a thread that is interrupted in an NIO read closes
 * the channel: somebody else's cancelled task would take the registration with it. A caller that is
 * interrupted only stops waiting.
 */
final class AgentConnection implements Closeable {
  /** Callers that wait behind another; the agent answers in milliseconds. */
  private static final int WAITING = 256;

  private static final long PATIENCE_SECONDS = 30;

  private final Path socket;
  private final ThreadPoolExecutor thread;

  // Below: the thread's alone, but for close().
  private volatile Optional<SocketChannel> channel = Optional.empty();
  private volatile boolean closed;
  private boolean holder;

  AgentConnection(Path socket) {
    this.socket = socket;
    this.thread = new ThreadPoolExecutor(
        1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
          Thread owner = new Thread(task, "treza-agent-connection");
          owner.setDaemon(true);
          return owner;
        });
  }

  /** Connects, if it is not connected. */
  void open() throws NsmException {
    await(() -> {
      connected();
      return new Answer(Answer.OK, new byte[0]);
    });
  }

  /** Asks, and waits for the answer of whatever status. */
  Answer ask(Frame frame) throws NsmException {
    return await(() -> exchange(frame));
  }

  /** One task of the thread. */
  @FunctionalInterface
  private interface Exchange {
    Answer run() throws NsmException;
  }

  private Answer await(Exchange exchange) throws NsmException {
    Future<Answer> answer;
    try {
      answer = thread.submit(exchange::run);
    } catch (RejectedExecutionException e) {
      throw closed
          ? closedException()
          : new NsmException(
              Problem.BUSY, WAITING + " requests to the agent wait already; try later", e);
    }
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new NsmException(
          Problem.UNREACHABLE,
          "the agent at " + socket + " did not answer within " + PATIENCE_SECONDS + " seconds",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NsmException(
          Problem.INTERRUPTED, "interrupted while waiting for the agent at " + socket, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NsmException failure) {
        throw new NsmException(failure.problem(), String.valueOf(failure.getMessage()), e);
      }
      throw new IllegalStateException("a defect in the connection to the agent", e);
    }
  }

  private Answer exchange(Frame frame) throws NsmException {
    boolean fresh = channel.isEmpty();
    try {
      return exchange(connected(), frame);
    } catch (ProtocolException e) {
      drop();
      throw new NsmException(Problem.PROTOCOL, socket + ": " + e.getMessage(), e);
    } catch (NsmException e) {
      throw e;
    } catch (IOException e) {
      drop();
      if (holder) {
        throw new NsmException(
            Problem.LOST,
            "the connection to the agent at " + socket + " broke, and what it had registered is"
                + " forgotten; restart the enclave",
            e);
      }
      if (fresh) {
        throw new NsmException(
            Problem.UNREACHABLE, "the agent at " + socket + " hung up: " + e.getMessage(), e);
      }
    }
    // It gave our place to a newer connection; there is nothing to lose in taking another.
    return exchange(frame);
  }

  private Answer exchange(SocketChannel to, Frame frame) throws IOException {
    // Until the answer is here nobody knows, so that a break counts as the holder's.
    boolean wasHolder = holder;
    holder |= frame.kind() == Frame.Kind.REGISTER;
    try {
      write(to, frame.buffer());
    } catch (IOException e) {
      // What it said before it hung up tells more.
      Answer last = Answer.read(to);
      if (last.status() == Answer.OK) {
        throw e;
      }
      holder = wasHolder;
      return last;
    }
    Answer answer = Answer.read(to);
    if (answer.status() != Answer.OK) {
      holder = wasHolder;
    }
    return answer;
  }

  private static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  private SocketChannel connected() throws NsmException {
    if (closed) {
      throw closedException();
    }
    if (channel.isPresent()) {
      return channel.get();
    }
    if (holder) {
      throw new NsmException(
          Problem.LOST,
          "the connection that had registered with the agent at " + socket
              + " is gone; restart the enclave");
    }
    try {
      SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel = Optional.of(opened);
      opened.connect(UnixDomainSocketAddress.of(socket));
      return opened;
    } catch (IOException e) {
      drop();
      throw new NsmException(
          Problem.UNREACHABLE,
          "no attestation agent answers at " + socket + " (" + e.getMessage()
              + "); it is there in an enclave whose image was built with --init treza",
          e);
    }
  }

  private void drop() {
    Optional<SocketChannel> last = channel;
    channel = Optional.empty();
    last.ifPresent(AgentConnection::hangUp);
  }

  private static void hangUp(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The descriptor is gone either way, and there is nobody to tell.
      return;
    }
  }

  private NsmException closedException() {
    return new NsmException(
        Problem.LOST, "the connection to the agent at " + socket + " is closed");
  }

  @Override
  public void close() {
    closed = true;
    thread.shutdown();
    channel.ifPresent(AgentConnection::hangUp);
  }
}
