package io.treza.aws.eks.internal.check;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.treza.aws.eks.EnclaveDemand;
import io.treza.aws.eks.HugePages;
import io.treza.aws.eks.internal.Names;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a node has for enclaves and what of it pods have asked for, by Kubernetes' names of the
 * resources; pages in bytes.
 *
 * @param instanceType as its label says; empty if it has none
 * @param offered allocatable
 * @param taken requested by pods that run or will
 */
record NodeSupply(
    String name, String instanceType, Map<String, Long> offered, Map<String, Long> taken) {
  static final String ENCLAVES = "aws.ec2.nitro/nitro_enclaves";
  static final String CPUS = "aws.ec2.nitro/nitro_enclaves_cpus";

  private static final String INSTANCE_TYPE = "node.kubernetes.io/instance-type";
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");
  private static final long MIB = 1 << 20;

  /** Whether its label has the device plugin run there, and enclaves' pods. */
  static boolean labelled(Node node) {
    return "enabled".equals(labels(node).get(Names.DEVICE_PLUGIN_LABEL));
  }

  private static Map<String, String> labels(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getLabels()).orElse(Map.of());
  }

  static NodeSupply of(Node node, Collection<Pod> pods) {
    String name = node.getMetadata().getName();
    Map<String, Long> offered = new TreeMap<>();
    if (node.getStatus() != null) {
      add(offered, node.getStatus().getAllocatable());
    }
    Map<String, Long> taken = new TreeMap<>();
    for (Pod pod : pods) {
      if (pod.getSpec() != null && name.equals(pod.getSpec().getNodeName()) && !ended(pod)) {
        for (Container container : pod.getSpec().getContainers()) {
          add(
              taken,
              Optional.ofNullable(container.getResources())
                  .map(ResourceRequirements::getRequests)
                  .orElse(Map.of()));
        }
      }
    }
    return new NodeSupply(name, labels(node).getOrDefault(INSTANCE_TYPE, ""), offered, taken);
  }

  private static boolean ended(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getPhase() != null
        && ENDED.contains(pod.getStatus().getPhase());
  }

  private static void add(Map<String, Long> to, Map<String, Quantity> amounts) {
    if (amounts == null) {
      return;
    }
    for (String resource :
        List.of(ENCLAVES, CPUS, HugePages.TWO_MIB.resource(), HugePages.ONE_GIB.resource())) {
      Quantity amount = amounts.get(resource);
      if (amount != null) {
        BigDecimal number = amount.getNumericalAmount();
        to.merge(resource, number.longValue(), Long::sum);
      }
    }
  }

  long offered(String resource) {
    return offered.getOrDefault(resource, 0L);
  }

  long free(String resource) {
    return Math.max(0, offered(resource) - taken.getOrDefault(resource, 0L));
  }

  static long bytes(EnclaveDemand demand) {
    return demand.hugePages().roundUp(demand.memoryMiB()) * MIB;
  }

  static long mib(long bytes) {
    return bytes / MIB;
  }

  /** CPUs set apart, where the device plugin tells. */
  OptionalLong freeCpus() {
    return offered.containsKey(CPUS) ? OptionalLong.of(free(CPUS)) : OptionalLong.empty();
  }

  /** How many such enclaves it has room for now. */
  long fits(EnclaveDemand demand) {
    long byEnclaves = free(ENCLAVES);
    long byPages = free(demand.hugePages().resource()) / bytes(demand);
    long byCpus = freeCpus().isPresent() ? freeCpus().getAsLong() / demand.cpus() : Long.MAX_VALUE;
    return Math.min(byEnclaves, Math.min(byPages, byCpus));
  }
}
