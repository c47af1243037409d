package io.treza.aws.kms;

import io.treza.enclave.EgressProxy;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The egress proxy as an enclave has it: CONNECT, to one place whatever the name, or refused. */
final class TestProxy implements Closeable {
  final List<String> asked = new CopyOnWriteArrayList<>();
  private final ServerSocket server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
  private final Optional<URI> leadsTo;

  private TestProxy(Optional<URI> leadsTo) throws IOException {
    this.leadsTo = leadsTo;
    start(this::accept);
  }

  static TestProxy to(URI target) throws IOException {
    return new TestProxy(Optional.of(target));
  }

  static TestProxy refusing() throws IOException {
    return new TestProxy(Optional.empty());
  }

  /** The way out through it, as an enclave's environment has it. */
  EgressProxy egress(String... direct) {
    return EgressProxy.of(Map.of(
        "HTTPS_PROXY",
        "http://127.0.0.1:" + server.getLocalPort(),
        "NO_PROXY",
        String.join(",", direct)));
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "test-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        start(() -> tunnel(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void tunnel(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      OutputStream out = client.getOutputStream();
      // Nothing of TLS comes before the answer, so reading ahead takes nothing of it.
      BufferedReader head =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
      asked.add(head.readLine());
      for (String line = head.readLine(); !line.isEmpty(); line = head.readLine()) {
        // Headers do not matter.
      }
      if (leadsTo.isEmpty()) {
        out.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
        return;
      }
      try (Socket target =
          new Socket(InetAddress.getLoopbackAddress(), leadsTo.get().getPort())) {
        out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        start(() -> copy(target, client));
        copy(client, target);
      }
    } catch (IOException e) {
      // The client sees it.
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // One of them hung up.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
