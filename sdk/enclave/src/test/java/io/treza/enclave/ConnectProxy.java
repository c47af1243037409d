package io.treza.enclave;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A CONNECT proxy that leads to the destinations it knows, and refuses all others as an enclave's. */
final class ConnectProxy implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "connect-proxy");
    thread.setDaemon(true);
    return thread;
  });
  private final Map<String, InetSocketAddress> destinations;
  private final String refusal;

  /** The first lines of the requests it got. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  ConnectProxy(Map<String, InetSocketAddress> destinations, String refusal) throws IOException {
    this.destinations = destinations;
    this.refusal = refusal;
    inBackground(() -> {
      while (true) {
        Socket client = server.accept();
        inBackground(() -> serve(client));
      }
    });
  }

  @FunctionalInterface
  private interface Task {
    void run() throws IOException;
  }

  private void inBackground(Task task) {
    threads.execute(() -> {
      try {
        task.run();
      } catch (IOException e) {
        // The end of a connection, or of the test.
        return;
      }
    });
  }

  EgressProxy egress(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("HTTPS_PROXY", "http://127.0.0.1:" + server.getLocalPort());
    return EgressProxy.of(environment);
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      BufferedReader head =
          new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII), 1);
      String request = head.readLine();
      while (!head.readLine().isEmpty()) {
        // The rest of the head says nothing new.
      }
      requests.add(request);
      InetSocketAddress destination = destinations.get(request.split(" ")[1]);
      if (destination == null) {
        client.getOutputStream().write(refusal.getBytes(US_ASCII));
        return;
      }
      try (Socket target = new Socket(destination.getAddress(), destination.getPort())) {
        client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
        inBackground(() -> copy(client, target));
        copy(target, client);
      }
    }
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (InputStream in = from.getInputStream()) {
      in.transferTo(to.getOutputStream());
      to.shutdownOutput();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
