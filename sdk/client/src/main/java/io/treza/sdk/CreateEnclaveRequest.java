package io.treza.sdk;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What to ask the platform to start.
 *
 * <p>The platform takes CPU count and memory as strings from fixed lists and checks them itself;
 * what it refuses comes back as {@link TrezaException.BadRequest} with its details.
 *
 * @param name not empty
 * @param description not empty: the platform refuses an empty one
 * @param region for example {@code us-east-1}
 * @param providerId {@code aws-nitro} unless said
 * @param providerConfig the provider's own settings by their wire names, in the order given
 * @param sourceType {@code registry}, {@code github} or {@code private-registry}, for platforms
 *     that build or pull by themselves
 * @param githubConnection the repository to build from
 * @param privateRegistry where to pull a private image
 * @param idempotencyKey the caller's own name for this very creation, 1 to 255 visible ASCII
 *     characters: a call with one that was used before, by any process, finds the enclave made
 *     then. Without it each call makes its own.
 */
public record CreateEnclaveRequest(
    String name,
    String description,
    String region,
    String providerId,
    Map<String, Object> providerConfig,
    Optional<String> sourceType,
    Optional<GitHubConnection> githubConnection,
    Optional<PrivateRegistry> privateRegistry,
    Optional<String> idempotencyKey) {
  private static final Pattern KEY = Pattern.compile("[!-~]{1,255}");

  public CreateEnclaveRequest {
    required("name", name);
    required("description", description);
    required("region", region);
    required("providerId", providerId);
    providerConfig = Collections.unmodifiableMap(new LinkedHashMap<>(providerConfig));
    idempotencyKey.ifPresent(key -> {
      if (!KEY.matcher(key).matches()) {
        throw new IllegalArgumentException(
            "an idempotency key is 1 to 255 visible ASCII characters");
      }
    });
  }

  /**
   * Starts with the smallest machine the platform offers: 2 vCPUs, 1024 MiB, m6i.xlarge.
   *
   * @param dockerImage what to run; pin it by digest where the platform accepts one
   */
  public static Builder builder(String dockerImage) {
    return new Builder(dockerImage);
  }

  static void required(String field, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(field + " is required; the platform refuses an empty one");
    }
  }

  /** The settings by name only, for some may hold secrets. */
  @Override
  public String toString() {
    return "CreateEnclaveRequest[name=" + name + ", region=" + region + ", providerId=" + providerId
        + ", providerConfig of " + providerConfig.keySet() + "]";
  }

  /** Collects the parts of a request. */
  public static final class Builder {
    private final Map<String, Object> providerConfig = new LinkedHashMap<>();
    private String name = "";
    private String description = "";
    private String region = "";
    private String providerId = "aws-nitro";
    private Optional<String> sourceType = Optional.empty();
    private Optional<GitHubConnection> githubConnection = Optional.empty();
    private Optional<PrivateRegistry> privateRegistry = Optional.empty();
    private Optional<String> idempotencyKey = Optional.empty();

    private Builder(String dockerImage) {
      required("dockerImage", dockerImage);
      setting("dockerImage", dockerImage);
      cpuCount(2);
      memoryMiB(1024);
      instanceType("m6i.xlarge");
    }

    /** What people call it; required. */
    public Builder name(String text) {
      this.name = text;
      return this;
    }

    /** What it is for; required. */
    public Builder description(String text) {
      this.description = text;
      return this;
    }

    /** Where it runs, for example {@code us-east-1}; required. */
    public Builder region(String id) {
      this.region = id;
      return this;
    }

    /** Who runs it; {@code aws-nitro} unless said. */
    public Builder providerId(String id) {
      this.providerId = id;
      return this;
    }

    /** vCPUs of the enclave: 2, 4, 8 or 16 on the hosted platform. */
    public Builder cpuCount(int count) {
      return setting("cpuCount", Integer.toString(count));
    }

    /** Memory of the enclave in MiB: 1024, 2048 and so on to 16384 on the hosted platform. */
    public Builder memoryMiB(int mebibytes) {
      return setting("memoryMiB", Integer.toString(mebibytes));
    }

    /** The parent instance's type, for example {@code m6i.xlarge}. */
    public Builder instanceType(String type) {
      return setting("instanceType", type);
    }

    /**
     * Insecure: lets the operator read the enclave's console and memory. Its evidence shows zero
     * measurements and verifies against no release.
     */
    public Builder enableDebug() {
      return setting("enableDebug", true);
    }

    /**
     * Has the platform forward a TCP port of the workload; where it is reached then, {@link
     * Enclave#endpoints} says. May be given several times. The image must expose the port itself.
     *
     * @param port 1 to 65535
     */
    public Builder exposePort(int port) {
      return added("exposePorts", Integer.toString(port));
    }

    /**
     * Has the platform connect the workload to a host. May be given several times. The image's own
     * list, which is measured, must allow it too.
     *
     * @param rule {@code host:port}; a host {@code *.example.com} is every name below that one
     */
    public Builder allowHost(String rule) {
      return added("allowHosts", rule);
    }

    private Builder added(String key, String word) {
      Object before = providerConfig.get(key);
      return setting(key, before == null ? word : before + "," + word);
    }

    /** Any other setting of the provider, replacing one of the same name: a JSON value. */
    public Builder setting(String key, Object value) {
      providerConfig.put(key, value);
      return this;
    }

    /** Where the image comes from: {@code registry}, {@code github}, {@code private-registry}. */
    public Builder sourceType(String type) {
      this.sourceType = Optional.of(type);
      return this;
    }

    /** The repository to build from. */
    public Builder githubConnection(GitHubConnection connection) {
      this.githubConnection = Optional.of(connection);
      return this;
    }

    /** Where to pull a private image. */
    public Builder privateRegistry(PrivateRegistry registry) {
      this.privateRegistry = Optional.of(registry);
      return this;
    }

    /** The caller's own name for this creation, so that another process can repeat it safely. */
    public Builder idempotencyKey(String key) {
      this.idempotencyKey = Optional.of(key);
      return this;
    }

    /**
     * The request.
     *
     * @throws IllegalArgumentException if name, description or region is missing
     */
    public CreateEnclaveRequest build() {
      return new CreateEnclaveRequest(
          name,
          description,
          region,
          providerId,
          providerConfig,
          sourceType,
          githubConnection,
          privateRegistry,
          idempotencyKey);
    }
  }
}
