package io.treza.enclave.internal.vsock;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Accepts connections of one kind and joins each to one of the other, so many at a time; more wait in
 * the kernel's queue.
 */
public final class Forwarding implements Closeable {
  /** How soon a closed one is noticed. */
  private static final Duration LOOK_UP = Duration.ofMillis(200);

  private static final int CONNECT_MILLIS = 10_000;

  private final Semaphore places;
  private final ExecutorService threads;
  private final Set<Pipe> pipes = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private Forwarding(int most) {
    this.places = new Semaphore(most);
    this.threads = Executors.newCachedThreadPool(task -> {
      Thread thread = new Thread(task, "vsock-forwarder");
      thread.setDaemon(true);
      return thread;
    });
  }

  /** From a native listener, which is closed with this, to a TCP address. */
  public static Forwarding inwards(NativeSocket listener, InetSocketAddress to, int most) {
    Forwarding forwarding = new Forwarding(most);
    forwarding.threads.execute(() -> {
      try (listener) {
        forwarding.acceptAll(
            () -> listener.accept(LOOK_UP).map(accepted -> () -> forwarding.pipe(accepted, to)));
      }
    });
    return forwarding;
  }

  /** From a TCP listener, which is closed with this, to a native address. */
  public static Forwarding outwards(
      ServerSocket listener, NativeSocket.Calls calls, SocketAddressBytes to, int most)
      throws IOException {
    listener.setSoTimeout((int) LOOK_UP.toMillis());
    Forwarding forwarding = new Forwarding(most);
    forwarding.threads.execute(() -> {
      forwarding.acceptAll(
          () -> accepted(listener).map(accepted -> () -> forwarding.pipe(accepted, calls, to)));
      closeListener(listener);
    });
    return forwarding;
  }

  /** Waits a while for a connection. */
  @FunctionalInterface
  private interface Accepting {
    Optional<Joining> next() throws IOException;
  }

  /** Connects an accepted connection to where it leads, or closes it. */
  @FunctionalInterface
  private interface Joining {
    Pipe join() throws IOException;
  }

  private void acceptAll(Accepting accepting) {
    while (!closed) {
      places.acquireUninterruptibly();
      Optional<Joining> next = Optional.empty();
      try {
        next = accepting.next();
      } catch (IOException e) {
        // Out of descriptors, perhaps: the next may do better, but not at once.
        pause();
      }
      next.ifPresentOrElse(each -> threads.execute(() -> start(each)), places::release);
    }
  }

  private void start(Joining joining) {
    Pipe pipe;
    try {
      pipe = joining.join();
    } catch (IOException e) {
      // The peer sees its connection closed; there is nobody else to tell.
      places.release();
      return;
    }
    pipes.add(pipe);
    threads.execute(pipe::outwards);
    if (closed) {
      pipe.abort();
    }
    pipe.inwards();
  }

  private void ended(Pipe pipe) {
    pipes.remove(pipe);
    places.release();
  }

  private Pipe pipe(NativeSocket accepted, InetSocketAddress to) throws IOException {
    Socket tcp = new Socket();
    try {
      tcp.connect(to, CONNECT_MILLIS);
      return new Pipe(tcp, accepted, this::ended);
    } catch (IOException e) {
      accepted.close();
      Pipe.close(tcp);
      throw e;
    }
  }

  private Pipe pipe(Socket accepted, NativeSocket.Calls calls, SocketAddressBytes to)
      throws IOException {
    try {
      return new Pipe(accepted, NativeSocket.connect(calls, to), this::ended);
    } catch (IOException e) {
      Pipe.close(accepted);
      throw e;
    }
  }

  private static Optional<Socket> accepted(ServerSocket listener) throws IOException {
    try {
      return Optional.of(listener.accept());
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_UP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeListener(ServerSocket listener) {
    try {
      listener.close();
    } catch (IOException e) {
      return;
    }
  }

  /** Ends all connections, and soon the listener. */
  @Override
  public void close() {
    closed = true;
    pipes.forEach(Pipe::abort);
  }
}
