package io.treza.samples.eifbenchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Measures and builds a large image in JVMs with a small heap, beside hashing the same bytes once,
 * and prints a Markdown table. Started by {@code samples/eif-benchmark/run}.
 */
public final class EifBenchmark {
  private EifBenchmark() {}

  /** The times of one round. */
  private record Round(
      Child.Times hash,
      Child.Times measure,
      Child.Times build,
      Child.Times copy,
      Child.Times decompress,
      Child.Times gzippedBuild) {}

  /**
   * Runs it, which takes some minutes.
   *
   * @param arguments see {@link Options}
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Path directory = Files.createTempDirectory(options.directory(), "eif-benchmark-");
    try {
      run(options, directory, out);
    } finally {
      delete(directory);
    }
  }

  private static void run(Options options, Path directory, PrintStream out)
      throws IOException, InterruptedException {
    System.err.println("writing an image of " + options.mebibytes() + " MiB, twice ...");
    LargeImage image = LargeImage.write(directory, options.mebibytes());
    String kernel = Files.writeString(directory.resolve("kernel"), "a placeholder, not a kernel")
        .toString();
    String work = directory.toString();
    String eif = directory.resolve("a.eif").toString();
    String plain = image.plain().toString();
    String gzipped = image.gzipped().toString();
    Path small = Files.createDirectory(directory.resolve("small"));
    Child.Jvm jvm = Child.Jvm.prepare(
        directory.resolve("classes.jsa"),
        "measure",
        LargeImage.write(small, 1).plain().toString(),
        kernel,
        work);
    boolean openssl = hasOpenssl();
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < options.rounds(); i++) {
      System.err.println("round " + (i + 1) + " of " + options.rounds() + " ...");
      // Also what hashing reads; and it leaves the layers in the page cache.
      Child.Times build = jvm.work("build", plain, kernel, work, eif);
      // Written past the cache, but the unit is of a file in it.
      jvm.work("sha384", eif);
      rounds.add(new Round(
          openssl ? Child.run(List.of("openssl", "dgst", "-sha384", eif)) : jvm.work("sha384", eif),
          jvm.work("measure", plain, kernel, work),
          build,
          jvm.work("copy", eif, directory.resolve("copy").toString()),
          jvm.work("decompress", gzipped),
          jvm.work("build", gzipped, kernel, work, eif)));
    }
    print(out, options, openssl ? "openssl dgst -sha384" : "the JDK's SHA-384", rounds);
  }

  private static boolean hasOpenssl() throws InterruptedException {
    try {
      Child.run(List.of("openssl", "version"));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void print(PrintStream out, Options options, String unit, List<Round> rounds) {
    out.printf(
        Locale.ROOT,
        "%s %s, %s %s, %d processors, load %.1f; image of %d MiB, -Xmx128m; medians of %d rounds,"
            + " ratios taken within each%n%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.runtime.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        options.mebibytes(),
        rounds.size());
    out.println("| | seconds | CPU seconds | ratio | ratio of CPU | target |");
    out.println("|---|--:|--:|--:|--:|---|");
    line(out, unit + " of the EIF, the unit", rounds, Round::hash, r -> 1, r -> 1, "");
    line(out, "measure", rounds, Round::measure, r -> r.hash.wall(), r -> r.hash.cpu(), "≤ 1.5");
    line(out, "build", rounds, Round::build, r -> r.hash.wall(), r -> r.hash.cpu(), "≤ 2.5");
    line(out, "copy the EIF, and nothing else", rounds, Round::copy, r -> 1, r -> 1, "");
    line(out, "decompress the gzip layers", rounds, Round::decompress, r -> 1, r -> 1, "");
    line(
        out,
        "build from gzip layers, × (decompress + build)",
        rounds,
        Round::gzippedBuild,
        r -> r.decompress.wall() + r.build.wall(),
        r -> r.decompress.cpu() + r.build.cpu(),
        "≤ 1.5");
  }

  private static void line(
      PrintStream out,
      String label,
      List<Round> rounds,
      Function<Round, Child.Times> what,
      ToDoubleFunction<Round> wallUnit,
      ToDoubleFunction<Round> cpuUnit,
      String target) {
    boolean isUnit = target.isEmpty();
    double wall = median(rounds, r -> what.apply(r).wall() / wallUnit.applyAsDouble(r));
    double cpu = median(rounds, r -> what.apply(r).cpu() / cpuUnit.applyAsDouble(r));
    out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %s | %s | %s |%n",
        label,
        median(rounds, r -> what.apply(r).wall()),
        median(rounds, r -> what.apply(r).cpu()),
        isUnit ? "" : String.format(Locale.ROOT, "%.2f", wall),
        isUnit ? "" : String.format(Locale.ROOT, "%.2f", cpu),
        target);
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
