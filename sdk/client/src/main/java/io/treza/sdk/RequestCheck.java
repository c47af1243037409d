package io.treza.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds everything that is wrong with a request, by what its provider says and by what is known to be
 * accepted and to fail later.
 */
final class RequestCheck {
  private static final String IMAGE = "dockerImage";
  private static final String VCPUS = "cpuCount";
  private static final String MEMORY = "memoryMiB";
  private static final String MACHINE = "instanceType";
  private static final String ENVIRONMENT = "environmentVariables";

  /** What somebody relies on who sets it, so that a platform must offer it; and what to do else. */
  private static final Map<String, String> IN_VAIN = Map.of(
      ENVIRONMENT,
      "set variables in the image (ENV), so that they are measured",
      "exposePorts",
      "use a platform whose enclaves can be reached, such as treza serve",
      "allowHosts",
      "use a platform whose enclaves can reach out, such as treza serve");

  private static final String PINNED_IMAGE = "a@sha256:" + "a".repeat(64);
  private static final Pattern REGISTRY_PORT = Pattern.compile("[^/]*:[0-9]{1,5}/.*");
  private static final Pattern COUNT = Pattern.compile("[0-9]{1,9}");

  private final Provider provider;
  private final List<RequestProblem> problems = new ArrayList<>();

  private RequestCheck(Provider provider) {
    this.provider = provider;
  }

  /**
   * What is wrong; empty if nothing is known to be.
   *
   * @param providers all the platform has
   * @param region where the enclave shall run, if the request says
   * @param config the whole {@code providerConfig}, if the request has one
   */
  static List<RequestProblem> problems(
      List<Provider> providers,
      String providerId,
      Optional<String> region,
      Optional<Map<String, Object>> config) {
    if (providers.isEmpty()) {
      return List.of(); // which says nothing; the platform will
    }
    Optional<Provider> provider =
        providers.stream().filter(p -> p.id().equals(providerId)).findFirst();
    if (provider.isEmpty()) {
      return List.of(new RequestProblem(
          "providerId",
          "must name a provider of this platform, but is " + SettingCheck.quoted(providerId),
          "it has " + providers.stream().map(Provider::id).collect(Collectors.joining(", "))));
    }
    RequestCheck check = new RequestCheck(provider.get());
    region.ifPresent(check::region);
    config.ifPresent(check::config);
    return List.copyOf(check.problems);
  }

  private void region(String region) {
    if (!provider.regions().isEmpty() && !provider.regions().contains(region)) {
      problems.add(new RequestProblem(
          "region",
          "must be one of provider " + provider.id() + ", but is " + SettingCheck.quoted(region),
          "it has " + String.join(", ", provider.regions())));
    }
  }

  private void config(Map<String, Object> config) {
    provider.configSchema().forEach((name, schema) -> {
      Optional<Object> value = Optional.ofNullable(config.get(name));
      SettingCheck check = new SettingCheck(name, schema);
      if (name.equals(IMAGE) && value.orElse("") instanceof String image && pin(check, image)) {
        return;
      }
      Optional<RequestProblem> problem =
          name.equals(ENVIRONMENT) ? environment(value) : Optional.empty();
      problem.or(() -> check.problem(value)).ifPresent(problems::add);
    });
    IN_VAIN.forEach((name, instead) -> {
      if (!provider.configSchema().containsKey(name)
          && !SettingCheck.absent(Optional.ofNullable(config.get(name)))) {
        wrong(name, "is not offered by this platform, which would ignore or refuse it", instead);
      }
    });
    if (provider.configSchema().keySet().containsAll(List.of(VCPUS, MEMORY))) {
      memoryForVcpus(config);
    }
    if (deployedAsHosted()) {
      machine(config);
    }
  }

  /** Says of an image that the pattern refuses why, where the reason is one that people meet. */
  private boolean pin(SettingCheck check, String image) {
    boolean pinned = image.contains("@sha256:");
    boolean port = REGISTRY_PORT.matcher(image).matches();
    if (!(pinned || port) || !check.patternRefuses(image)) {
      return false;
    }
    if (pinned) {
      wrong(
          IMAGE,
          "is pinned by digest, which this platform does not take although the hardening checklist"
              + " asks for it",
          "name a tag that is never moved and verify what was measured, or use a platform whose"
              + " schema admits digests, such as treza serve");
    }
    if (port) {
      wrong(
          IMAGE,
          "names a port of its registry, which this platform does not take",
          "use a registry on port 443");
    }
    return true;
  }

  /** The schema says it is text; that the text is a JSON object, only its description says. */
  private static Optional<RequestProblem> environment(Optional<Object> value) {
    if (SettingCheck.absent(value)) {
      return Optional.empty();
    }
    boolean text = value.get() instanceof String;
    if (text && Json.lenient(value.get().toString().getBytes(UTF_8)).isObject()) {
      return Optional.empty();
    }
    return Optional.of(new RequestProblem(
        SettingCheck.path(ENVIRONMENT),
        text ? "must be text that is a JSON object" : "must be text, not a JSON value of its own",
        "write the variables as JSON into one string: {\"NAME\": \"value\"}"));
  }

  private void memoryForVcpus(Map<String, Object> config) {
    long least = (long) count(config, VCPUS).orElse(0) * DeployerLimits.MIB_PER_VCPU;
    OptionalInt memory = count(config, MEMORY);
    if (memory.isPresent() && memory.getAsInt() < least) {
      wrong(
          MEMORY,
          "is too little: " + memory.getAsInt() + " MiB for " + config.get(VCPUS) + " vCPUs",
          "at least " + least + ", which is " + DeployerLimits.MIB_PER_VCPU + " for each");
    }
  }

  /**
   * Whether the deployment plane's limits are the hosted platform's: nothing says, but a schema that
   * admits no digest is that platform's.
   */
  private boolean deployedAsHosted() {
    return Optional.ofNullable(provider.configSchema().get(IMAGE))
        .filter(schema -> new SettingCheck(IMAGE, schema).patternRefuses(PINNED_IMAGE))
        .isPresent();
  }

  private void machine(Map<String, Object> config) {
    String type = String.valueOf(config.get(MACHINE));
    DeployerLimits.machine(type).ifPresent(machine -> {
      if (!machine.deployed()) {
        wrong(
            MACHINE,
            type + " is accepted by the API and not by the deployment behind it",
            "choose a smaller one");
      }
      if (count(config, VCPUS).orElse(0) > machine.mostVcpus()) {
        wrong(
            VCPUS,
            "is too much for " + type + ": an enclave gets at most " + machine.mostVcpus()
                + " of its " + machine.vcpus() + " vCPUs, for the parent instance keeps a core",
            "fewer vCPUs, or a larger instance type");
      }
      if (count(config, MEMORY).orElse(0) >= machine.memoryMiB()) {
        wrong(
            MEMORY,
            "is all that " + type + " has (" + machine.memoryMiB()
                + " MiB), which leaves nothing to" + " the parent instance",
            "less memory, or a larger instance type");
      }
    });
  }

  private static OptionalInt count(Map<String, Object> config, String name) {
    String text = String.valueOf(config.get(name));
    return COUNT.matcher(text).matches()
        ? OptionalInt.of(Integer.parseInt(text))
        : OptionalInt.empty();
  }

  private void wrong(String name, String message, String hint) {
    problems.add(new RequestProblem(SettingCheck.path(name), message, hint));
  }
}
