package io.treza.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;

/**
 * A TCP port of this machine whose every connection goes over an attested one of its own; where that
 * does not come about, it is reset.
 */
final class AttestedPort implements AutoCloseable {
  private static final int MOST = 256;
  private static final int BACKLOG = 50;

  /** How long it waits for descriptors when the process has none left. */
  private static final long PAUSE_MILLIS = 100;

  private final ServerSocket server;
  private final Dial dial;
  private final Consumer<String> problems;
  private final Semaphore places = new Semaphore(MOST);

  /** The connections, and when each last passed a byte, by {@link System#nanoTime}. */
  private final Map<Socket, Long> open = new ConcurrentHashMap<>();

  private final Duration idle;
  private final Thread accepting = new Thread(this::accept, "treza-accept");
  private final Thread watching = new Thread(this::watch, "treza-idle");

  /** Makes an attested connection. */
  @FunctionalInterface
  interface Dial {
    SSLSocket connect() throws IOException;
  }

  private AttestedPort(ServerSocket server, Dial dial, Duration idle, Consumer<String> problems) {
    this.server = server;
    this.dial = dial;
    this.idle = idle;
    this.problems = problems;
  }

  /**
   * Listens.
   *
   * @param idle how long a connection may pass no byte in either direction before it is reset
   * @param problems hears in a line why a connection did not come about, or broke
   */
  static AttestedPort open(
      InetSocketAddress local, Dial dial, Duration idle, Consumer<String> problems)
      throws IOException {
    return serve(
        new ServerSocket(local.getPort(), BACKLOG, local.getAddress()), dial, idle, problems);
  }

  /** The same with a socket that listens already; it is closed with this. */
  static AttestedPort serve(
      ServerSocket server, Dial dial, Duration idle, Consumer<String> problems) {
    AttestedPort port = new AttestedPort(server, dial, idle, problems);
    for (Thread thread : new Thread[] {port.accepting, port.watching}) {
      thread.setDaemon(true);
      thread.start();
    }
    return port;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  /** Returns when it is closed. */
  void await() throws InterruptedException {
    accepting.join();
  }

  private void accept() {
    try {
      while (!server.isClosed()) {
        places.acquire();
        acceptOne();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void acceptOne() throws InterruptedException {
    try {
      Socket client = server.accept();
      open.put(client, System.nanoTime());
      Thread serving = new Thread(() -> serve(client), "treza-connection");
      serving.setDaemon(true);
      serving.start();
    } catch (IOException e) {
      places.release();
      if (!server.isClosed()) {
        problems.accept("cannot accept a connection, trying again: " + e.getMessage());
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  /** Otherwise clients that went away without a word would hold all places one day. */
  private void watch() {
    try {
      while (!server.isClosed()) {
        Thread.sleep(Math.max(1, idle.toMillis() / 4));
        long now = System.nanoTime();
        open.forEach((client, last) -> {
          if (now - last > idle.toNanos()) {
            abort(client);
            close(client);
          }
        });
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(Socket client) {
    try (SSLSocket enclave = dial.connect()) {
      client.setTcpNoDelay(true);
      Pump.join(
          client.getInputStream(),
          client.getOutputStream(),
          enclave,
          () -> open.replace(client, System.nanoTime()));
    } catch (IOException | RuntimeException e) {
      if (!server.isClosed()) {
        problems.accept(String.valueOf(e.getMessage()));
      }
      abort(client);
    } finally {
      close(client);
      places.release();
    }
  }

  /** What broke must not look like what ended. */
  private static void abort(Socket client) {
    try {
      client.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already.
    }
  }

  private void close(Socket client) {
    open.remove(client);
    try {
      client.close();
    } catch (IOException e) {
      // Nobody can use it any more, and that is what was wanted.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    watching.interrupt();
    open.keySet().forEach(this::close);
  }
}
