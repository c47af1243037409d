package io.treza.samples.channel.benchmark;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Thousands of connections through an ingress, and how fast bytes and messages pass it, beside socat:
 * everything on this machine's loopback, in turns.
 */
public final class ChannelBenchmark {
  private static final String USAGE =
      "usage: run [--connections N] [--rounds N] [--mib N] [--pings N]";

  /** Descriptors that a JVM with an ingress has besides its connections, generously. */
  private static final int SPARE = 200;

  private static final List<String> SMALL =
      List.of("-Xmx64m", "-XX:+UseSerialGC", "-Dslf4j.internal.verbosity=ERROR");

  private final Path forwarder;
  private int connections = 10_000;
  private int rounds = 7;
  private int mebibytes = 512;
  private int pings = 5_000;

  private ChannelBenchmark(Path forwarder) {
    this.forwarder = forwarder;
  }

  /** Runs it and prints tables; first the enclave's forwarder, if there is such a file, then options. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    ChannelBenchmark benchmark = new ChannelBenchmark(Path.of(arguments[0]));
    for (int i = 1; i < arguments.length; i += 2) {
      int number = Integer.parseInt(arguments[i + 1]);
      switch (arguments[i]) {
        case "--connections" -> benchmark.connections = number;
        case "--rounds" -> benchmark.rounds = number;
        case "--mib" -> benchmark.mebibytes = number;
        case "--pings" -> benchmark.pings = number;
        default -> throw new IllegalArgumentException(USAGE);
      }
    }
    Path directory = Files.createTempDirectory("treza-channels");
    Path uds = directory.resolve("vsock");
    try (Child enclave = Child.java(InEnclave.class, List.of(), uds.toString())) {
      long port = enclave.number();
      benchmark.openMany(uds);
      benchmark.compare(directory, uds, port);
    } finally {
      deleteAll(directory);
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  /** All stay open; then each carries a message there and back, all at once. */
  private void openMany(Path uds) throws IOException {
    long limit = ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getMaxFileDescriptorCount();
    long each = Math.min(connections, (limit - SPARE) / 2);
    System.out.println("Descriptors a process may have: " + limit + ".");
    System.out.println();
    System.out.println(
        "| ingress in a JVM of 64 MiB | descriptors | heap in use, MiB | resident, MiB |");
    System.out.println("|---|--:|--:|--:|");
    List<Child> processes = new ArrayList<>();
    List<SocketChannel> clients = new ArrayList<>();
    try {
      for (int left = connections; left > 0; left -= (int) Math.min(each, left)) {
        Child ingress = Child.java(Forwarding.class, SMALL, "unix", uds.toString());
        processes.add(ingress);
        long port = ingress.number();
        String name = "number " + processes.size();
        usage(name + ", no connection", ingress);
        for (long i = 0; i < Math.min(each, left); i++) {
          SocketChannel client = Load.connect(port, "E");
          clients.add(client);
          Load.echo(client); // so that it is known to be through
        }
      }
      long begun = System.nanoTime();
      for (SocketChannel client : clients) {
        Load.send(client);
      }
      for (SocketChannel client : clients) {
        Load.receive(client, 64);
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      for (int i = 0; i < processes.size(); i++) {
        usage(
            "number " + (i + 1) + ", " + clients.size() + " connections in all", processes.get(i));
      }
      System.out.printf(
          Locale.ROOT,
          "%nA message there and back over each of the %d at once: %.2f s.%n%n",
          clients.size(),
          seconds);
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
      processes.forEach(Child::close);
    }
  }

  private static void usage(String what, Child process) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.1f | %.0f |%n",
        what,
        process.descriptors(),
        process.heap() / 1048576.0,
        process.resident() / 1048576.0);
  }

  private void compare(Path directory, Path uds, long port)
      throws IOException, InterruptedException {
    Map<String, Long> ways = new LinkedHashMap<>();
    List<Child> processes = new ArrayList<>();
    try {
      ways.put("direct", port);
      ways.put("socat", socat(port, processes));
      ways.put("socat -b 65536", socat(port, processes, "-b", "65536"));
      ways.put("ingress, simulated transport", ingress(processes, "loopback", Long.toString(port)));
      ways.put("ingress, Unix socket", ingress(processes, "unix", uds.toString()));
      if (Files.isExecutable(forwarder)) {
        processes.add(Child.forwarder(forwarder, directory, port));
        Path socket = directory.resolve(Long.toString(port));
        ways.put(
            "ingress, then the enclave's forwarder", ingress(processes, "port", socket.toString()));
      }
      throughput(ways);
      latency(ways);
    } finally {
      processes.forEach(Child::close);
    }
  }

  private static long ingress(List<Child> processes, String... where) throws IOException {
    Child ingress = Child.java(Forwarding.class, SMALL, where);
    processes.add(ingress);
    return ingress.number();
  }

  private static long socat(long to, List<Child> processes, String... options)
      throws IOException, InterruptedException {
    long port = freePort();
    List<String> command = new ArrayList<>(List.of("socat"));
    command.addAll(List.of(options));
    command.add(listen(port));
    command.add("TCP:127.0.0.1:" + to + ",nodelay");
    processes.add(Child.of(command.toArray(String[]::new)));
    awaitListener(port);
    return port;
  }

  private static String listen(long port) {
    return "TCP-LISTEN:" + port + ",bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=128";
  }

  private void throughput(Map<String, Long> ways) throws IOException {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    for (long port : ways.values()) {
      Load.throughput(port, mebibytes);
    }
    for (int round = 0; round < rounds; round++) {
      Map<String, Double> now = new LinkedHashMap<>();
      for (Map.Entry<String, Long> way : ways.entrySet()) {
        now.put(way.getKey(), Load.throughput(way.getValue(), mebibytes) / 1048576);
      }
      now.forEach((way, rate) -> {
        rates.computeIfAbsent(way, any -> new ArrayList<>()).add(rate);
        ratios.computeIfAbsent(way, any -> new ArrayList<>()).add(rate / of(now, "socat"));
      });
    }
    System.out.println(
        "| MiB a second, one connection | median | lowest | highest | to socat, median |");
    System.out.println("|---|--:|--:|--:|--:|");
    rates.forEach((way, values) -> System.out.printf(
        Locale.ROOT,
        "| %s | %.0f | %.0f | %.0f | %.2f |%n",
        way,
        quantile(values, 0.5),
        quantile(values, 0),
        quantile(values, 1),
        quantile(of(ratios, way), 0.5)));
    System.out.println();
  }

  private void latency(Map<String, Long> ways) throws IOException {
    Map<String, List<Double>> medians = new LinkedHashMap<>();
    Map<String, List<Double>> tails = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Long> way : ways.entrySet()) {
        double[] micros = Load.roundTrips(way.getValue(), pings);
        medians
            .computeIfAbsent(way.getKey(), any -> new ArrayList<>())
            .add(micros[micros.length / 2]);
        tails
            .computeIfAbsent(way.getKey(), any -> new ArrayList<>())
            .add(micros[(int) (micros.length * 0.99)]);
      }
    }
    double direct = quantile(of(medians, "direct"), 0.5);
    System.out.println(
        "| 64 bytes there and back, microseconds | median | 99 % | added to direct, median |");
    System.out.println("|---|--:|--:|--:|");
    medians.forEach((way, values) -> System.out.printf(
        Locale.ROOT,
        "| %s | %.0f | %.0f | %.0f |%n",
        way,
        quantile(values, 0.5),
        quantile(of(tails, way), 0.5),
        quantile(values, 0.5) - direct));
  }

  private static <V> V of(Map<String, V> measured, String way) {
    return Optional.ofNullable(measured.get(way)).orElseThrow();
  }

  private static double quantile(List<Double> values, double which) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((int) Math.round(which * (sorted.size() - 1)));
  }

  private static long freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitListener(long port) throws IOException, InterruptedException {
    for (int i = 0; i < 500; i++) {
      try (SocketChannel connection = Load.connect(port, "S")) {
        connection.shutdownOutput();
        return;
      } catch (ConnectException e) {
        Thread.sleep(10);
      }
    }
    throw new IOException("socat did not begin to listen on port " + port);
  }
}
