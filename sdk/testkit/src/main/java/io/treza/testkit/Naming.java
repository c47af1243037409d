package io.treza.testkit;

import java.util.regex.Pattern;

/** The names a chain and its documents carry: openly simulated, or shaped like AWS's. */
public enum Naming {
  /** Says in every name that nothing here ran in a Nitro enclave; the default. */
  SIMULATED("simulated", "sim-i-", "Treza simulation", "Not AWS", "http://simulated.invalid/crl/"),
  /** AWS's own names, under a root that is not AWS's: only for the tests of a verifier. */
  AWS_SHAPED("aws", "i-", "Amazon", "AWS", "http://aws-nitro-enclaves-crl.invalid/crl/");

  private final String partition;
  private final String instancePrefix;
  private final String organization;
  private final String unit;
  private final String crlBase;
  private final Pattern instanceId;

  Naming(
      String partition, String instancePrefix, String organization, String unit, String crlBase) {
    this.partition = partition;
    this.instancePrefix = instancePrefix;
    this.organization = organization;
    this.unit = unit;
    this.crlBase = crlBase;
    this.instanceId = Pattern.compile(Pattern.quote(instancePrefix) + "[0-9a-f]{17}");
  }

  /** What an instance id starts with: {@code sim-i-} or {@code i-}; 17 hex digits follow. */
  public String instancePrefix() {
    return instancePrefix;
  }

  String checkedInstanceId(String id) {
    if (!instanceId.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "instance id \"" + id + "\": want " + instancePrefix + " and 17 hex digits");
    }
    return id;
  }

  String rootName() {
    return partition + ".nitro-enclaves";
  }

  String regionalName(String hex, String region) {
    return hex + "." + region + "." + rootName();
  }

  String zonalName(String hex, String region) {
    return hex + ".zonal." + region + "." + rootName();
  }

  String instanceName(String instanceId, String region) {
    return instanceId + "." + region + "." + rootName();
  }

  String leafName(String moduleId, String region) {
    return moduleId + "." + region + "." + partition;
  }

  String organization() {
    return organization;
  }

  String unit() {
    return unit;
  }

  String crlBase() {
    return crlBase;
  }
}
