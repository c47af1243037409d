package io.treza.samples.auditbenchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Audits a large image in JVMs with a small heap, beside decompressing its layers and doing nothing
 * else, and prints a Markdown table. Started by {@code samples/audit-benchmark/run}.
 */
public final class AuditBenchmark {
  private static final String USAGE =
      "usage: run [--mebibytes N] [--rounds N] [--directory DIR]; at least 8 MiB and 1 round";

  private AuditBenchmark() {}

  /**
   * What one run took, in seconds.
   *
   * @param wall by the clock, start of the JVM left out
   * @param cpu of all threads, start of the JVM included
   */
  private record Times(double wall, double cpu) {}

  /** The times of one round. */
  private record Round(Times decompress, Times audit) {}

  /** Runs it, which takes some minutes. */
  public static void main(String... arguments) throws IOException, InterruptedException {
    int mebibytes = 1024;
    int rounds = 5;
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      for (int i = 0; i < arguments.length; i += 2) {
        String value = i + 1 < arguments.length ? arguments[i + 1] : "";
        switch (arguments[i]) {
          case "--mebibytes" -> mebibytes = number(value, 8);
          case "--rounds" -> rounds = number(value, 1);
          case "--directory" -> parent = Path.of(value);
          default -> throw new IllegalArgumentException("unknown " + arguments[i]);
        }
      }
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "; " + USAGE);
      System.exit(2);
    }
    Path directory = Files.createTempDirectory(parent, "audit-benchmark-");
    try {
      run(mebibytes, rounds, directory);
    } finally {
      delete(directory);
    }
  }

  private static int number(String text, int least) {
    int number = Integer.parseInt(text);
    if (number < least) {
      throw new IllegalArgumentException(text + " is too few");
    }
    return number;
  }

  private static void run(int mebibytes, int rounds, Path directory)
      throws IOException, InterruptedException {
    System.err.println("writing an image of " + mebibytes + " MiB ...");
    int files = LargeImage.write(directory, mebibytes);
    List<Round> times = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      System.err.println("round " + (i + 1) + " of " + rounds + " ...");
      times.add(new Round(
          work("decompress", directory, 0), work("audit", directory, LargeImage.secrets())));
    }
    print(mebibytes, files, times);
  }

  /**
   * Runs {@link Work} in a JVM with a heap of 256 MiB, as the command's launcher starts one; it must
   * find what is there.
   */
  private static Times work(String what, Path layout, int secrets)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Work.class.getName(),
            what,
            layout.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(what + " failed");
    }
    String[] numbers = said.split(" ");
    if (Integer.parseInt(numbers[2]) != secrets) {
      throw new IOException(what + " found " + numbers[2] + " secrets of " + secrets);
    }
    return new Times(Long.parseLong(numbers[0]) / 1e9, Long.parseLong(numbers[1]) / 1e9);
  }

  private static void print(int mebibytes, int files, List<Round> rounds) {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    out.printf(
        Locale.ROOT,
        "%s %s, %s %s, %d processors, load %.1f; image of %d MiB in %d files, %d of them with a"
            + " secret, all found; -Xmx256m; medians of %d rounds, ratios taken within each%n%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.runtime.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        mebibytes,
        files,
        LargeImage.secrets(),
        rounds.size());
    out.println("| | seconds | CPU seconds | ratio | ratio of CPU | target |");
    out.println("|---|--:|--:|--:|--:|---|");
    out.printf(
        Locale.ROOT,
        "| decompress the gzip layers, the unit | %.2f | %.2f | | | |%n",
        median(rounds, r -> r.decompress.wall),
        median(rounds, r -> r.decompress.cpu));
    out.printf(
        Locale.ROOT,
        "| audit | %.2f | %.2f | %.2f | %.2f | ≤ 1.5 |%n",
        median(rounds, r -> r.audit.wall),
        median(rounds, r -> r.audit.cpu),
        median(rounds, r -> r.audit.wall / r.decompress.wall),
        median(rounds, r -> r.audit.cpu / r.decompress.cpu));
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
    double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
