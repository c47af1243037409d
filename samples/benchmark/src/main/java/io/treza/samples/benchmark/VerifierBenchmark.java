package io.treza.samples.benchmark;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Measures the verifier with each provider beside one raw P-384 verification by the same provider
 * in the same run, and prints a Markdown table. Started by {@code samples/benchmark/run}.
 */
public final class VerifierBenchmark {
  private VerifierBenchmark() {}

  /**
   * Runs it, which takes some minutes.
   *
   * @param arguments see {@link Options}
   */
  public static void main(String... arguments)
      throws GeneralSecurityException, InterruptedException, ExecutionException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    List<Provider> chosen = providers(options.provider());
    if (chosen.isEmpty()) {
      System.err.println("no provider " + options.provider() + " here; there are " + providers(""));
      System.exit(2);
      return;
    }
    System.err.println("making the documents of " + options.enclaves() + " enclaves ...");
    Population population = Population.of(options.enclaves());
    Map<Provider, Map<Figure, Double>> table = new LinkedHashMap<>();
    for (Provider provider : chosen) {
      System.err.println("measuring with " + provider + " ...");
      table.put(provider, ProviderRun.of(population, options, provider));
    }
    print(out, options, table);
  }

  /** Those that load here, or the one of them with this name. */
  private static List<Provider> providers(String only) {
    List<Provider> providers = new ArrayList<>();
    if (AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null) {
      providers.add(AmazonCorrettoCryptoProvider.INSTANCE);
    }
    providers.add(new BouncyCastleProvider());
    Provider jdk = Security.getProvider("SunEC");
    if (jdk != null) {
      providers.add(jdk);
    }
    providers.removeIf(provider -> !only.isEmpty() && !provider.getName().equals(only));
    return providers;
  }

  private static void print(
      PrintStream out, Options options, Map<Provider, Map<Figure, Double>> table) {
    out.printf(
        Locale.ROOT,
        "%s %s, %s %s, %d processors; %d enclaves, %d on each instance; medians of %d rounds of %d"
            + " documents%n%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.runtime.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        options.enclaves(),
        Population.ENCLAVES_PER_INSTANCE,
        options.rounds(),
        options.documents());
    StringBuilder head = new StringBuilder("| |");
    StringBuilder rule = new StringBuilder("|---|");
    for (Provider provider : table.keySet()) {
      head.append(' ').append(provider.getName()).append(' ').append(provider.getVersionStr());
      head.append(" |");
      rule.append("--:|");
    }
    out.println(head + " target |");
    out.println(rule + "---|");
    for (Figure figure : Figure.values()) {
      StringBuilder line = new StringBuilder("| ").append(figure.label()).append(" |");
      for (Map<Figure, Double> column : table.values()) {
        line.append(' ')
            .append(figure.text(column.getOrDefault(figure, Double.NaN)))
            .append(" |");
      }
      out.println(line.append(' ').append(figure.target()).append(" |"));
    }
  }
}
