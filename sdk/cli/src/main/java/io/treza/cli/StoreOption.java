package io.treza.cli;

import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreProvider;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Where the platform keeps its records, if not in a file. */
final class StoreOption {
  @Option(
      names = "--store",
      paramLabel = "KIND:SETTINGS",
      description = {
        "Keep enclaves' records, logs and keys' hashes elsewhere than in --data:",
        "dynamodb:table=NAME[,region=REGION][,create=true]. One server at a time may use it."
      })
  private Optional<String> store = Optional.empty();

  /**
   * The store that was asked for.
   *
   * @throws IOException if it cannot be used
   */
  Optional<PlatformStore> open() throws IOException {
    return store.isEmpty() ? Optional.empty() : Optional.of(open(store.get()));
  }

  private static PlatformStore open(String words) throws IOException {
    String kind = words.split(":", 2)[0];
    List<PlatformStoreProvider> known = ServiceLoader.load(PlatformStoreProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
    PlatformStoreProvider provider = known.stream()
        .filter(one -> one.kind().equals(kind))
        .findFirst()
        .orElseThrow(() -> new Unusable("--store: this installation knows no " + kind + ", but "
            + known.stream().map(PlatformStoreProvider::kind).collect(Collectors.joining(", "))));
    try {
      return provider.open(settings(words.substring(kind.length())));
    } catch (IllegalArgumentException e) {
      throw new Unusable("--store: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> settings(String words) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String setting : words.replaceFirst("^:", "").split(",")) {
      String[] pair = setting.split("=", 2);
      if (pair.length != 2 || settings.put(pair[0], pair[1]) != null) {
        throw new IllegalArgumentException(
            "expected name=value once of each name, not \"" + setting + "\"");
      }
    }
    return settings;
  }
}
