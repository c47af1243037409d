package io.treza.aws;

import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveBackendProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * EC2 by {@link java.util.ServiceLoader}, kind {@code ec2}. Its settings are {@code region}, {@code
 * subnet}, {@code security-groups} (with commas between), {@code instance-profile}, {@code bucket}
 * and {@code blobs}, and if wanted {@code deployment}, {@code instance-type} and {@code
 * machine-image}; see {@link Ec2Backend.Builder}.
 */
public final class Ec2BackendProvider implements EnclaveBackendProvider {
  private static final Map<String, BiConsumer<Ec2Backend.Builder, String>> SETTINGS = Map.of(
      "region", Ec2Backend.Builder::region,
      "subnet", Ec2Backend.Builder::subnet,
      "security-groups", (builder, value) -> builder.securityGroups(value.split(",")),
      "instance-profile", Ec2Backend.Builder::instanceProfile,
      "bucket", Ec2Backend.Builder::bucket,
      "deployment", Ec2Backend.Builder::deployment,
      "instance-type", Ec2Backend.Builder::instanceType,
      "machine-image", Ec2Backend.Builder::machineImage);

  private static final String BLOBS = "blobs";

  /** For ServiceLoader. */
  public Ec2BackendProvider() {}

  @Override
  public String kind() {
    return "ec2";
  }

  @Override
  public EnclaveBackend open(Map<String, String> settings, Path images, Path data)
      throws IOException {
    Map<String, String> rest = new TreeMap<>(settings);
    String blobs = rest.remove(BLOBS);
    if (blobs == null) {
      throw new IllegalArgumentException("blobs is missing: the directory of AWS's blobs");
    }
    Ec2Backend.Builder builder = Ec2Backend.builder(Path.of(blobs))
        .imagesDirectory(images)
        .workDirectory(data.resolve("ec2"));
    rest.forEach((name, value) -> {
      BiConsumer<Ec2Backend.Builder, String> setting = SETTINGS.get(name);
      if (setting == null) {
        throw new IllegalArgumentException(name + " is no setting; there are " + BLOBS + " and "
            + String.join(", ", new TreeMap<>(SETTINGS).keySet()));
      }
      setting.accept(builder, value);
    });
    return builder.build();
  }
}
