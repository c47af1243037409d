package io.treza.platform.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The providers, read from {@code providers.json}, and the check of a {@code providerConfig}
 * against their schema. Texts and order of the checks are the original's.
 */
final class Providers {
  private static final int MIB_PER_CPU = 512;
  private static final int MAX_IMAGE = 512;

  private final JsonNode providers;

  Providers() {
    try (InputStream in = Providers.class.getResourceAsStream("providers.json")) {
      this.providers = Json.read(Objects.requireNonNull(in, "providers.json").readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the embedded providers.json", e);
    }
  }

  JsonNode all() {
    return providers;
  }

  Optional<JsonNode> find(String id) {
    for (JsonNode provider : providers) {
      if (provider.path("id").textValue().equals(id)) {
        return Optional.of(provider);
      }
    }
    return Optional.empty();
  }

  static boolean servesRegion(JsonNode provider, String region) {
    return contains(provider.path("regions"), "", region);
  }

  /** What is wrong with a configuration; empty if nothing is. */
  static List<String> problems(JsonNode provider, JsonNode config) {
    JsonNode schema = provider.path("configSchema");
    List<String> problems = new ArrayList<>();
    image(schema.path("dockerImage"), config.path("dockerImage"), problems);
    option(schema, config, "cpuCount", "CPU count is required", "Invalid CPU count", problems);
    option(
        schema,
        config,
        "memoryMiB",
        "Memory allocation is required",
        "Invalid memory allocation",
        problems);
    option(
        schema,
        config,
        "instanceType",
        "Instance type is required",
        "Instance type must support Nitro Enclaves (minimum m6i.xlarge or c6i.xlarge)",
        problems);
    memoryForCpus(config, problems);
    environment(config.path("environmentVariables"), problems);
    problems.addAll(ChannelSettings.problems(config));
    return problems;
  }

  private static void image(JsonNode schema, JsonNode value, List<String> problems) {
    if (absent(value)) {
      problems.add("Docker image URI is required");
    } else if (!value.isTextual()
        || value.textValue().length() > MAX_IMAGE
        || !Pattern.matches(
            schema.path("validation").path("pattern").textValue(), value.textValue())) {
      problems.add("Invalid Docker image URI format");
    }
  }

  private static void option(
      JsonNode schema,
      JsonNode config,
      String field,
      String missing,
      String invalid,
      List<String> problems) {
    JsonNode value = config.path(field);
    if (absent(value)) {
      problems.add(missing);
    } else if (!value.isTextual()
        || !contains(schema.path(field).path("options"), "value", value.textValue())) {
      problems.add(invalid);
    }
  }

  private static void memoryForCpus(JsonNode config, List<String> problems) {
    int cpus = config.path("cpuCount").asInt(0);
    int memory = config.path("memoryMiB").asInt(0);
    if (cpus > 0 && memory > 0 && memory < (long) cpus * MIB_PER_CPU) {
      problems.add("Memory allocation too low for " + cpus + " vCPUs. Minimum "
          + (long) cpus * MIB_PER_CPU + " MiB required.");
    }
  }

  /** No enclave could have any without measuring otherwise than its image does. */
  private static void environment(JsonNode value, List<String> problems) {
    if (absent(value)) {
      return;
    }
    Optional<JsonNode> variables = Optional.empty();
    try {
      variables = Optional.of(Json.read(value.asText().getBytes(UTF_8)))
          .filter(read -> value.isTextual() && read.isObject());
    } catch (IOException e) {
      // The same as any other text that is no object.
    }
    if (variables.isEmpty()) {
      problems.add("Environment variables must be valid JSON");
    } else if (!variables.get().isEmpty()) {
      problems.add(
          "Environment variables are part of what is measured: set them in the image (ENV)");
    }
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isTextual() && value.textValue().isBlank());
  }

  private static boolean contains(JsonNode list, String field, String text) {
    for (JsonNode element : list) {
      if ((field.isEmpty() ? element : element.path(field)).textValue().equals(text)) {
        return true;
      }
    }
    return false;
  }
}
