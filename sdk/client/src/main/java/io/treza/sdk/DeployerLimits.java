package io.treza.sdk;

import java.util.Map;
import java.util.Optional;

/**
 * What the hosted platform's deployment plane is known to take, which is less than its API takes: a
 * request beyond it is created and fails later.
 */
final class DeployerLimits {
  /** The API's and the deployment plane's rule alike. */
  static final int MIB_PER_VCPU = 512;

  /**
   * A parent instance keeps at least one core, which is two of its vCPUs (AWS Nitro Enclaves User
   * Guide, "What is Nitro Enclaves", requirements).
   */
  private static final int KEPT_VCPUS = 2;

  /**
   * A parent instance.
   *
   * @param vcpus all it has
   * @param memoryMiB all it has
   * @param deployed whether the deployment plane starts such instances
   */
  record Machine(int vcpus, int memoryMiB, boolean deployed) {
    int mostVcpus() {
      return vcpus - KEPT_VCPUS;
    }
  }

  // What the API offers, with the sizes of EC2's instance type pages.
  private static final Map<String, Machine> MACHINES = Map.of(
      "m6i.xlarge", new Machine(4, 16_384, true),
      "m6i.2xlarge", new Machine(8, 32_768, true),
      "m6i.4xlarge", new Machine(16, 65_536, true),
      "m6i.8xlarge", new Machine(32, 131_072, false),
      "c6i.xlarge", new Machine(4, 8_192, true),
      "c6i.2xlarge", new Machine(8, 16_384, true),
      "c6i.4xlarge", new Machine(16, 32_768, true));

  private DeployerLimits() {}

  /** What is known of an instance type; nothing of those the API did not offer when this was read. */
  static Optional<Machine> machine(String instanceType) {
    return Optional.ofNullable(MACHINES.get(instanceType));
  }
}
