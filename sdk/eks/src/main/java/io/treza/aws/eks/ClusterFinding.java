package io.treza.aws.eks;

/**
 * One link of the chain from an AWS account to a running enclave, and whether it is there.
 *
 * @param link which
 * @param met whether it is there
 * @param text what was found, and if it is not there, what to do; one line
 */
public record ClusterFinding(Link link, boolean met, String text) {
  /** The links, in the order in which one needs another. */
  public enum Link {
    /** Kubernetes lets the caller do what it must. */
    PERMISSIONS,
    /** The namespace is there, and lets such pods in. */
    NAMESPACE,
    /** The node group is active, and labels its nodes. */
    NODE_GROUP,
    /** Its launch template enables enclaves. */
    LAUNCH_TEMPLATE,
    /** Its user data sets memory and CPUs apart before the kubelet counts them. */
    USER_DATA,
    /** Some node is labelled for enclaves. */
    NODES,
    /** The instance type can have enclaves. */
    INSTANCE_TYPE,
    /** The device plugin runs on those nodes. */
    DEVICE_PLUGIN,
    /** Nodes offer enclaves, and some are free. */
    ENCLAVES,
    /** Nodes set huge pages of the size apart. */
    HUGE_PAGES,
    /** Nodes set CPUs apart, as far as the device plugin tells. */
    CPUS,
    /** All the enclaves fit at once, and one more while they are replaced. */
    ROOM
  }

  /** For example {@code MISSING ENCLAVES: ...}. */
  @Override
  public String toString() {
    return (met ? "OK " : "MISSING ") + link + ": " + text;
  }
}
