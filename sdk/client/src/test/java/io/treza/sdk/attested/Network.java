package io.treza.sdk.attested;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** One address whose connections lead to this server today and to that one tomorrow, or in turn. */
final class Network implements AutoCloseable {
  private final ServerSocket front = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Collection<Socket> open = new ConcurrentLinkedQueue<>();
  private volatile List<Integer> ports = List.of();
  private final AtomicInteger turn = new AtomicInteger();

  Network() throws IOException {
    threads.execute(this::accept);
  }

  URI address(String host) {
    return URI.create("https://" + host + ":" + front.getLocalPort());
  }

  /** Breaks what is open; new connections go to these ports of this machine, in turn. */
  void leadsTo(Integer... newPorts) throws IOException {
    ports = List.of(newPorts);
    turn.set(0);
    List<Socket> broken = new ArrayList<>(open);
    open.removeAll(broken);
    for (Socket socket : broken) {
      socket.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = front.accept();
        int port = ports.get(turn.getAndIncrement() % ports.size());
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        open.add(client);
        open.add(server);
        threads.execute(() -> copy(client, server));
        threads.execute(() -> copy(server, client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One end is gone, and so both are.
    }
  }

  @Override
  public void close() throws IOException {
    leadsTo();
    front.close();
    threads.shutdownNow();
  }
}
