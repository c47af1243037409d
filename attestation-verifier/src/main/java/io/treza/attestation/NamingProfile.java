package io.treza.attestation;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names a root may issue: AWS's under AWS's roots, simulated ones under development roots, so
 * that neither passes for the other.
 *
 * <p>Measured on 111 real documents: the leaf is {@code <module id>.<region>.<partition>}, the
 * issuers end in {@code .<region>.<partition>.nitro-enclaves}, the root is {@code
 * <partition>.nitro-enclaves}, and the module id is {@code <instance id>-enc<hex>}.
 */
record NamingProfile(String partition, String instancePrefix, Pattern leafName) {
  private static final String ROOT_SUFFIX = ".nitro-enclaves";
  private static final String SIMULATED_PARTITION = "simulated";

  static final NamingProfile SIMULATED = of(SIMULATED_PARTITION, "sim-i-");

  static NamingProfile aws(String partition) {
    return of(partition, "i-");
  }

  private static NamingProfile of(String partition, String instancePrefix) {
    Pattern leafName = Pattern.compile("((" + instancePrefix
        + "[0-9a-f]{8,17})-enc[0-9a-f]{1,32})\\.([a-z0-9-]+)\\." + Pattern.quote(partition));
    return new NamingProfile(partition, instancePrefix, leafName);
  }

  /** The profile that a root's own common name announces; AWS's commercial names by default. */
  static NamingProfile announcedBy(String rootCommonName) {
    if (!rootCommonName.endsWith(ROOT_SUFFIX)) {
      return aws("aws");
    }
    String partition = rootCommonName.substring(0, rootCommonName.length() - ROOT_SUFFIX.length());
    return partition.equals(SIMULATED_PARTITION) ? SIMULATED : aws(partition);
  }

  boolean simulated() {
    return partition.equals(SIMULATED_PARTITION);
  }

  /**
   * What a leaf's common name says.
   *
   * @param moduleId the NSM
   * @param instanceId the parent instance
   * @param region where it runs
   */
  record LeafName(String moduleId, String instanceId, String region) {}

  /** Takes a leaf's common name apart, if it is one of this profile. */
  Optional<LeafName> leaf(String commonName) {
    Matcher matcher = leafName.matcher(commonName);
    return matcher.matches()
        ? Optional.of(new LeafName(matcher.group(1), matcher.group(2), matcher.group(3)))
        : Optional.empty();
  }

  /** What the common name of every issuer in {@code region} ends in. */
  String issuerSuffix(String region) {
    return "." + region + "." + partition + ROOT_SUFFIX;
  }

  /** How a person would describe the leaf names of this profile. */
  String leafForm() {
    return instancePrefix + "<hex>-enc<hex>.<region>." + partition;
  }
}
