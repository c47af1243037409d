package io.treza.samples.platform.benchmark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends one GET again and again over connections that stay open, on as many threads, each waiting
 * for its answer. Plain sockets: a client library would take most of the processor and hide what is
 * measured.
 */
final class Load {
  private final URI target;
  private final byte[] request;

  Load(URI target, String key) {
    this.target = target;
    this.request = ("GET " + target.getRawPath() + " HTTP/1.1\r\nHost: " + target.getAuthority()
            + "\r\nAuthorization: Bearer " + key + "\r\nAccept: application/json\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  /** The answer's body, once. */
  byte[] once() throws IOException {
    try (Socket socket = new Socket(target.getHost(), target.getPort())) {
      return exchange(socket, new BufferedInputStream(socket.getInputStream()));
    }
  }

  /** Answers a second. */
  double rate(int connections, Duration time) throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(connections);
    try {
      long end = System.nanoTime() + time.toNanos();
      Callable<Long> connection = () -> {
        try (Socket socket = new Socket(target.getHost(), target.getPort())) {
          socket.setTcpNoDelay(true);
          InputStream in = new BufferedInputStream(socket.getInputStream());
          long count = 0;
          while (System.nanoTime() < end) {
            exchange(socket, in);
            count++;
          }
          return count;
        }
      };
      List<Callable<Long>> all = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        all.add(connection);
      }
      long answers = 0;
      for (Future<Long> one : pool.invokeAll(all)) {
        answers += one.get();
      }
      return answers * 1e9 / time.toNanos();
    } finally {
      pool.shutdownNow();
    }
  }

  private byte[] exchange(Socket socket, InputStream in) throws IOException {
    socket.getOutputStream().write(request);
    String status = line(in);
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException(target + " answered " + status);
    }
    int length = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
      }
    }
    return in.readNBytes(length);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the server hung up");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }
}
