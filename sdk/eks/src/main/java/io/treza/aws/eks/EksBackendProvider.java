package io.treza.aws.eks;

import io.treza.image.CredentialSource;
import io.treza.image.RegistryAccess;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveBackendProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * EKS by {@link java.util.ServiceLoader}, kind {@code eks}. Its settings are those of {@link
 * ClusterSettings}, {@code blobs}, {@code repository} and {@code base-image}, and if wanted {@code
 * nitro-cli}, {@code deployment}, {@code huge-pages} and {@code count-cpus}; see {@link
 * EksBackend.Builder}.
 */
public final class EksBackendProvider implements EnclaveBackendProvider {
  private static final Map<String, BiConsumer<EksBackend.Builder, String>> SETTINGS = Map.of(
      "repository", EksBackend.Builder::repository,
      "base-image", EksBackend.Builder::baseImage,
      "nitro-cli", (builder, value) -> builder.nitroCli(Path.of(value)),
      "deployment", EksBackend.Builder::deployment,
      "huge-pages", (builder, value) -> builder.hugePages(HugePages.parse(value)),
      "count-cpus", EksBackendProvider::countCpus);

  private static final String BLOBS = "blobs";

  /** For ServiceLoader. */
  public EksBackendProvider() {}

  @Override
  public String kind() {
    return "eks";
  }

  @Override
  public EnclaveBackend open(Map<String, String> settings, Path images, Path data)
      throws IOException {
    Map<String, String> rest = new TreeMap<>(settings);
    ClusterSettings where = ClusterSettings.takeFrom(rest);
    String blobs = rest.remove(BLOBS);
    requireKnown(rest.keySet());
    if (blobs == null) {
      throw new IllegalArgumentException("blobs is missing: the directory of AWS's blobs");
    }
    EnclaveCluster cluster = where.connect();
    try {
      EksBackend.Builder builder = EksBackend.builder(cluster, Path.of(blobs))
          .registry(RegistryAccess.builder()
              .credentials(EcrCredentials.standard().or(CredentialSource.docker()))
              .build())
          .imagesDirectory(images)
          .workDirectory(data.resolve("eks"));
      where.region().ifPresent(builder::region);
      rest.forEach(
          (name, value) -> Objects.requireNonNull(SETTINGS.get(name)).accept(builder, value));
      return builder.build();
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static void requireKnown(Set<String> names) {
    for (String name : names) {
      if (!SETTINGS.containsKey(name)) {
        Set<String> known = new TreeSet<>(SETTINGS.keySet());
        known.addAll(ClusterSettings.NAMES);
        known.add(BLOBS);
        throw new IllegalArgumentException(
            name + " is no setting; there are " + String.join(", ", known));
      }
    }
  }

  private static void countCpus(EksBackend.Builder builder, String value) {
    if (!value.equals("yes")) {
      throw new IllegalArgumentException("count-cpus: expected yes, or leave it out");
    }
    builder.countCpus();
  }
}
