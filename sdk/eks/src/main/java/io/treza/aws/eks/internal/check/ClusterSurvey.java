package io.treza.aws.eks.internal.check;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.aws.eks.ClusterFinding;
import io.treza.aws.eks.ClusterFinding.Link;
import io.treza.aws.eks.EnclaveDemand;
import io.treza.aws.eks.HugePages;
import io.treza.aws.eks.internal.Faults;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Judges what Kubernetes says of a namespace, its nodes and the device plugin, link by link. */
public final class ClusterSurvey {
  private static final String PLUGIN_IMAGE = "aws-nitro-enclaves-k8s-device-plugin";
  private static final String ENFORCED = "pod-security.kubernetes.io/enforce";
  /** Families that never had enclaves, and bare metal (Nitro Enclaves user guide, considerations). */
  private static final Pattern WITHOUT_ENCLAVES =
      Pattern.compile("(t3|t3a|t4g|a1)\\..*|[a-z0-9]+-flex\\..*|.*\\.metal.*");

  private static final String RESERVE = "set memory and CPUs apart in the node group's user data,"
      + " which the allocator must do before the kubelet counts them (samples/eks/user-data.mime)";

  private final KubernetesClient client;
  private final String namespace;
  private final EnclaveDemand demand;
  private final List<ClusterFinding> findings = new ArrayList<>();

  /** Of a cluster, for what is to run in a namespace of it. */
  public ClusterSurvey(KubernetesClient client, String namespace, EnclaveDemand demand) {
    this.client = client;
    this.namespace = namespace;
    this.demand = demand;
  }

  /** Looks at what the caller may look at. */
  public List<ClusterFinding> findings(Permissions.Verdict verdict) throws IOException {
    findings.clear();
    findings.add(verdict.finding(namespace));
    if (verdict.allows("namespaces")) {
      judgeNamespace();
    }
    if (verdict.allows("nodes")) {
      judgeNodes(verdict);
    }
    return List.copyOf(findings);
  }

  private void found(Link link, boolean met, String text) {
    findings.add(new ClusterFinding(link, met, text));
  }

  private void judgeNamespace() throws IOException {
    Optional<Namespace> there = Optional.ofNullable(Faults.explained(
        "read Namespace " + namespace,
        () -> client.namespaces().withName(namespace).get()));
    if (there.isEmpty()) {
      found(
          Link.NAMESPACE,
          false,
          "there is no namespace " + namespace + ": kubectl create namespace " + namespace);
      return;
    }
    String enforced = Optional.ofNullable(there.get().getMetadata().getLabels())
        .orElse(Map.of())
        .getOrDefault(ENFORCED, "privileged");
    boolean lets = !enforced.equals("restricted");
    found(
        Link.NAMESPACE,
        lets,
        lets
            ? namespace + " lets such pods in"
            : namespace + " enforces the Pod Security Standard restricted, which refuses containers"
                + " of root, and nitro-cli opens a device of root's: label a namespace of the"
                + " enclaves' own " + ENFORCED + "=baseline");
  }

  private void judgeNodes(Permissions.Verdict verdict) throws IOException {
    List<Node> labelled =
        Faults.explained("list Nodes", () -> client.nodes().list().getItems()).stream()
            .filter(NodeSupply::labelled)
            .toList();
    found(
        Link.NODES,
        !labelled.isEmpty(),
        labelled.isEmpty()
            ? "no node has the label aws-nitro-enclaves-k8s-dp=enabled: give it to a node group whose"
                + " launch template enables enclaves (docs/eks.md)"
            : labelled.size() + " labelled for enclaves");
    if (verdict.allows("daemonsets")) {
      judgePlugin(labelled.size());
    }
    if (labelled.isEmpty() || !verdict.allows("pods")) {
      return;
    }
    List<Pod> pods = Faults.explained(
        "list Pods in all namespaces",
        () -> client.pods().inAnyNamespace().list().getItems());
    List<NodeSupply> nodes =
        labelled.stream().map(node -> NodeSupply.of(node, pods)).toList();
    judgeTypes(nodes);
    if (judgeEnclaves(nodes) && judgePages(nodes) && judgeCpus(nodes)) {
      judgeRoom(nodes);
    }
  }

  private void judgePlugin(int nodes) throws IOException {
    Optional<DaemonSet> plugin = Faults.explained(
            "list DaemonSets",
            () -> client.apps().daemonSets().inAnyNamespace().list().getItems())
        .stream()
        .filter(ClusterSurvey::isPlugin)
        .findFirst();
    if (plugin.isEmpty()) {
      found(
          Link.DEVICE_PLUGIN,
          false,
          "the device plugin is not installed, so no node offers enclaves: install it from"
              + " github.com/aws/aws-nitro-enclaves-k8s-device-plugin");
      return;
    }
    int ready = Optional.ofNullable(plugin.get().getStatus())
        .flatMap(status -> Optional.ofNullable(status.getNumberReady()))
        .orElse(0);
    String name = plugin.get().getMetadata().getNamespace() + "/"
        + plugin.get().getMetadata().getName();
    boolean met = ready >= nodes && nodes > 0;
    found(
        Link.DEVICE_PLUGIN,
        met,
        "the device plugin " + name + " is ready on " + ready + " of " + nodes + " labelled nodes"
            + (met || nodes == 0 ? "" : ": kubectl describe daemonset says why not on the others"));
  }

  private static boolean isPlugin(DaemonSet set) {
    return set.getSpec().getTemplate().getSpec().getContainers().stream()
        .anyMatch(container -> container.getImage().contains(PLUGIN_IMAGE));
  }

  private void judgeTypes(List<NodeSupply> nodes) {
    String without = nodes.stream()
        .filter(node -> node.offered(NodeSupply.ENCLAVES) == 0)
        .map(NodeSupply::instanceType)
        .filter(type -> WITHOUT_ENCLAVES.matcher(type).matches())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
    String types = nodes.stream()
        .map(NodeSupply::instanceType)
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
    found(
        Link.INSTANCE_TYPE,
        without.isEmpty(),
        without.isEmpty()
            ? "nodes are " + types
            : "instances of type " + without + " never have enclaves: take a type that aws ec2"
                + " describe-instance-types says has NitroEnclavesSupport, for example m6i.xlarge");
  }

  private boolean judgeEnclaves(List<NodeSupply> nodes) {
    long offered = sum(nodes, NodeSupply.ENCLAVES);
    long free = nodes.stream().mapToLong(node -> node.free(NodeSupply.ENCLAVES)).sum();
    String text;
    if (offered == 0) {
      text = "no labelled node offers " + NodeSupply.ENCLAVES + ": its launch template does not"
          + " enable enclaves (EnclaveOptions.Enabled, at launch only), or the device plugin does not"
          + " run there";
    } else if (free == 0) {
      text = "all " + offered + " enclaves of " + nodes.size() + " nodes are taken: scale the node"
          + " group, or a deployment down";
    } else {
      text = free + " of " + offered + " enclaves are free";
    }
    found(Link.ENCLAVES, free > 0, text);
    return free > 0;
  }

  private boolean judgePages(List<NodeSupply> nodes) {
    HugePages size = demand.hugePages();
    HugePages other = size == HugePages.TWO_MIB ? HugePages.ONE_GIB : HugePages.TWO_MIB;
    long most = most(nodes, size.resource());
    boolean met = most >= NodeSupply.bytes(demand);
    String text;
    if (met) {
      text = "a node has " + NodeSupply.mib(most) + " MiB of free " + size.resource();
    } else if (sum(nodes, size.resource()) > 0) {
      text = "no node has " + NodeSupply.mib(NodeSupply.bytes(demand)) + " MiB of "
          + size.resource() + " free, at most " + NodeSupply.mib(most)
          + ": an enclave takes all of it from one node";
    } else if (sum(nodes, other.resource()) > 0) {
      text =
          "nodes have no " + size.resource() + ", but " + other.resource() + ": ask for that size";
    } else {
      text = "no labelled node has huge pages: " + RESERVE;
    }
    found(Link.HUGE_PAGES, met, text);
    return met;
  }

  private boolean judgeCpus(List<NodeSupply> nodes) {
    OptionalLong most = nodes.stream()
        .map(NodeSupply::freeCpus)
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .max();
    boolean met = most.isEmpty() || most.getAsLong() >= demand.cpus();
    String text;
    if (most.isEmpty()) {
      text = "not told: the device plugin says how many are set apart only with"
          + " ENCLAVE_CPU_ADVERTISEMENT=true";
    } else if (met) {
      text = "a node has " + most.getAsLong() + " free";
    } else {
      text = "no node has " + demand.cpus() + " free, at most " + most.getAsLong() + ": " + RESERVE;
    }
    found(Link.CPUS, met, text);
    return met;
  }

  private void judgeRoom(List<NodeSupply> nodes) {
    long fits = nodes.stream().mapToLong(node -> node.fits(demand)).sum();
    boolean met = fits > demand.replicas();
    found(
        Link.ROOM,
        met,
        "there is room for " + fits + " such enclaves"
            + (met
                ? ""
                : ", and " + demand.replicas() + " are asked for and one more while they are"
                    + " replaced: scale the node group"));
  }

  private static long sum(List<NodeSupply> nodes, String resource) {
    return nodes.stream().mapToLong(node -> node.offered(resource)).sum();
  }

  private static long most(List<NodeSupply> nodes, String resource) {
    return nodes.stream().mapToLong(node -> node.free(resource)).max().orElse(0);
  }
}
