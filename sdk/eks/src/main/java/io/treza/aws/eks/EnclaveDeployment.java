package io.treza.aws.eks;

import io.treza.aws.eks.internal.Names;
import io.treza.platform.channel.EgressRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What is to run on a cluster: a number of equal enclaves, each in a pod of its own. A value.
 *
 * <p>On Kubernetes it is one Deployment, and one Service if it has ports.
 */
public final class EnclaveDeployment {
  private static final Pattern DIGEST =
      Pattern.compile("[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}");
  private static final int AGENT_PORT = 9001;

  private final String name;
  private final String podImage;
  private final int cpus;
  private final int memoryMiB;
  private final int replicas;
  private final SortedSet<Integer> exposedPorts;
  private final SortedSet<String> allowedHosts;
  private final boolean debugMode;
  private final boolean countedCpus;
  private final HugePages hugePages;
  private final SortedMap<String, String> nodeSelector;
  private final Optional<String> release;
  private final Optional<String> owner;

  private EnclaveDeployment(Builder builder) {
    this.name = builder.name;
    this.podImage = builder.podImage;
    this.cpus = builder.cpus;
    this.memoryMiB = builder.memoryMiB;
    this.replicas = builder.replicas;
    this.exposedPorts = new TreeSet<>(builder.exposedPorts);
    this.allowedHosts = new TreeSet<>(builder.allowedHosts);
    this.debugMode = builder.debugMode;
    this.countedCpus = builder.countedCpus;
    this.hugePages = builder.hugePages;
    this.nodeSelector = new TreeMap<>(builder.nodeSelector);
    this.release = builder.release;
    this.owner = builder.owner;
  }

  /**
   * Starts with what has no default.
   *
   * @param name 1 to 57 letters, digits, {@code _} and {@code -}, the first and last neither
   * @param podImage with the enclave image in it, pinned: {@code repository@sha256:...}
   * @param cpus of each enclave; whole cores, so even where a core has two threads
   * @param memoryMiB of each enclave, at least 64 and four times its image's size
   */
  public static Builder builder(String name, String podImage, int cpus, int memoryMiB) {
    return new Builder(name, podImage, cpus, memoryMiB);
  }

  /** What it is called here; see {@link #kubernetesName}. */
  public String name() {
    return name;
  }

  /** The name of its Deployment and Service: {@code treza-}, and the name in lower case. */
  public String kubernetesName() {
    return Names.kubernetesName(name);
  }

  /** {@code repository@sha256:...}. */
  public String podImage() {
    return podImage;
  }

  /** vCPUs of each enclave. */
  public int cpus() {
    return cpus;
  }

  /** Memory of each enclave, in MiB. */
  public int memoryMiB() {
    return memoryMiB;
  }

  /** How many enclaves; 0 or more. */
  public int replicas() {
    return replicas;
  }

  /** The TCP ports at which enclaves are reached, ascending. */
  public List<Integer> exposedPorts() {
    return List.copyOf(exposedPorts);
  }

  /** What enclaves may reach, {@code host:port}, sorted. */
  public List<String> allowedHosts() {
    return List.copyOf(allowedHosts);
  }

  /** Whether console and memory are open to the operator; evidence then proves nothing. */
  public boolean debugMode() {
    return debugMode;
  }

  /** Whether the scheduler counts the CPUs that nodes have for enclaves. */
  public boolean countedCpus() {
    return countedCpus;
  }

  /** Which pages memory is made of. */
  public HugePages hugePages() {
    return hugePages;
  }

  /** The labels that a node must have. */
  public Map<String, String> nodeSelector() {
    return Map.copyOf(nodeSelector);
  }

  /** What its pods say they run: a claim. */
  public Optional<String> release() {
    return release;
  }

  /** Whose it is. */
  public Optional<String> owner() {
    return owner;
  }

  /** Collects the settings. */
  public static final class Builder {
    private final String name;
    private final String podImage;
    private final int cpus;
    private final int memoryMiB;
    private final SortedSet<Integer> exposedPorts = new TreeSet<>();
    private final SortedSet<String> allowedHosts = new TreeSet<>();
    private final SortedMap<String, String> nodeSelector =
        new TreeMap<>(Map.of(Names.DEVICE_PLUGIN_LABEL, "enabled"));
    private int replicas = 1;
    private boolean debugMode;
    private boolean countedCpus;
    private HugePages hugePages = HugePages.TWO_MIB;
    private Optional<String> release = Optional.empty();
    private Optional<String> owner = Optional.empty();

    private Builder(String name, String podImage, int cpus, int memoryMiB) {
      this.name = Names.requireName(name);
      if (!DIGEST.matcher(podImage).matches()) {
        throw new IllegalArgumentException("the pod image \"" + podImage
            + "\" is not pinned: expected repository@sha256: and 64 hexadecimal digits");
      }
      if (cpus < 1) {
        throw new IllegalArgumentException("an enclave has at least 1 CPU, not " + cpus);
      }
      if (memoryMiB < 64) {
        throw new IllegalArgumentException("an enclave has at least 64 MiB, not " + memoryMiB);
      }
      this.podImage = podImage;
      this.cpus = cpus;
      this.memoryMiB = memoryMiB;
    }

    /** How many enclaves; 1 unless said, and 0 keeps all but the pods. */
    public Builder replicas(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("there cannot be " + number + " enclaves");
      }
      this.replicas = number;
      return this;
    }

    /** A TCP port at which enclaves are to be reached; 1 to 65535 but 9000 to 9002. */
    public Builder exposePort(int port) {
      if (port < 1 || port > 65535 || Math.abs(port - AGENT_PORT) <= 1) {
        throw new IllegalArgumentException("an exposed port is 1 to 65535 but not 9000 to 9002,"
            + " which heartbeat, agent and egress take: not " + port);
      }
      exposedPorts.add(port);
      return this;
    }

    /** A host that enclaves may reach; {@code host:port} as {@link EgressRule#parse} takes it. */
    public Builder allowHost(String rule) {
      allowedHosts.add(EgressRule.parse(rule).toString());
      return this;
    }

    /** Opens console and memory to the operator; such evidence shows PCRs of zeros. */
    public Builder debugMode() {
      this.debugMode = true;
      return this;
    }

    /**
     * Has the scheduler count enclave CPUs, so that it sends no enclave to a node that has none left.
     * For device plugins that advertise them ({@code ENCLAVE_CPU_ADVERTISEMENT=true}).
     */
    public Builder countCpus() {
      this.countedCpus = true;
      return this;
    }

    /** The pages that nodes reserve; of 2 MiB unless said. */
    public Builder hugePages(HugePages size) {
      this.hugePages = size;
      return this;
    }

    /** A label that a node must have, besides {@code aws-nitro-enclaves-k8s-dp=enabled}. */
    public Builder nodeSelector(String label, String value) {
      nodeSelector.put(label, value);
      return this;
    }

    /** What pods are to say they run, by rights PCR0; for people, since nothing trusts it. */
    public Builder release(String claim) {
      this.release = Optional.of(claim);
      return this;
    }

    /** Whose it is: an owner changes no other owner's deployments. A legal value of a label. */
    public Builder owner(String id) {
      this.owner = Optional.of(Names.requireLabelValue("an owner", id));
      return this;
    }

    /** The value. */
    public EnclaveDeployment build() {
      return new EnclaveDeployment(this);
    }
  }
}
