package io.treza.aws.eks.played;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.treza.attestation.Measurements;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Plays the scheduler and the nodes: four enclaves each, an address and an agent for every pod, and
 * readiness as Kubernetes has it, gates included.
 */
final class PlayedKubelet {
  private static final int ENCLAVES_PER_NODE = 4;
  private static final String GATE = "treza.io/attested";

  private final KubernetesClient client;
  private final String namespace;
  private final PlayedEnclaves enclaves;
  private final ApiServer server;
  private final Map<String, Running> running = new ConcurrentHashMap<>();
  private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
  private volatile Function<String, Measurements> pull = PlayedEnclaves::measurements;
  private volatile int nodes = 10;
  private int registered;
  private int applied = -1;

  /** What a pod's container runs. */
  private static final class Running {
    private final AtomicInteger restarts = new AtomicInteger();
    private volatile boolean restart = true;
    private volatile Optional<PlayedEnclaves.Enclave> enclave = Optional.empty();
  }

  /**
   * Plays in a namespace.
   *
   * @param server what else there is: a scheduler or none
   */
  PlayedKubelet(
      KubernetesClient client, String namespace, PlayedEnclaves enclaves, ApiServer server) {
    this.client = client;
    this.namespace = namespace;
    this.enclaves = enclaves;
    this.server = server;
  }

  void nodes(int number) {
    this.nodes = number;
  }

  void pull(Function<String, Measurements> measured) {
    this.pull = measured;
  }

  void behave(String podImage, Behaviour behaviour) {
    behaviours.put(podImage, behaviour);
  }

  void restart(String uid) {
    running.get(uid).restarts.incrementAndGet();
    running.get(uid).restart = true;
  }

  Optional<PlayedEnclaves.Enclave> enclave(String uid) {
    return Optional.ofNullable(running.get(uid)).flatMap(r -> r.enclave);
  }

  /** Does what is to be done now; whoever watches the pods calls it after each change. */
  void reconcile() {
    if (applied != nodes) {
      applied = nodes;
      register();
    }
    List<Pod> pods = client.pods().inNamespace(namespace).list().getItems();
    Set<String> gone = new HashSet<>(running.keySet());
    pods.forEach(pod -> gone.remove(uid(pod)));
    gone.forEach(uid -> {
      enclaves.end(uid);
      running.remove(uid);
    });
    Map<String, Long> taken = new HashMap<>(pods.stream()
        .filter(pod -> pod.getSpec().getNodeName() != null)
        .collect(Collectors.groupingBy(pod -> pod.getSpec().getNodeName(), Collectors.counting())));
    for (Pod pod : pods) {
      if (pod.getMetadata().getDeletionTimestamp() != null) {
        client
            .pods()
            .inNamespace(namespace)
            .withName(pod.getMetadata().getName())
            .withGracePeriod(0)
            .delete();
      } else if (pod.getSpec().getNodeName() != null) {
        run(pod);
      } else if (!server.hasControllers()) {
        schedule(pod, taken);
      }
    }
  }

  private void schedule(Pod pod, Map<String, Long> taken) {
    for (int i = 0; i < nodes; i++) {
      String node = "node-" + i;
      if (taken.getOrDefault(node, 0L) < ENCLAVES_PER_NODE) {
        taken.merge(node, 1L, Long::sum);
        bind(pod, node);
        return;
      }
    }
    report(
        pod,
        new PodStatusBuilder()
            .withPhase("Pending")
            .addToConditions(new PodConditionBuilder()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage("0/" + nodes + " nodes are available: " + nodes
                    + " Insufficient aws.ec2.nitro/nitro_enclaves.")
                .build())
            .build());
  }

  private void bind(Pod pod, String node) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod.getMetadata().getName())
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"nodeName\":\"" + node + "\"}}");
  }

  /** Says to the API server which nodes there are, and what they have to give. */
  private void register() {
    for (int i = 0; i < Math.max(nodes, registered); i++) {
      Node node = node("node-" + i, i < nodes ? ENCLAVES_PER_NODE : 0);
      if (i >= registered) {
        client.resource(node).create();
      } else {
        client
            .nodes()
            .withName("node-" + i)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.STRATEGIC_MERGE),
                client.getKubernetesSerialization().asJson(Map.of("status", node.getStatus())));
      }
    }
    registered = Math.max(nodes, registered);
  }

  private Node node(String name, int enclavesThere) {
    Map<String, Quantity> room = Map.of(
        "cpu", new Quantity("16"),
        "memory", new Quantity("64Gi"),
        "pods", new Quantity("110"),
        "hugepages-2Mi", new Quantity("16Gi"),
        "hugepages-1Gi", new Quantity("16Gi"),
        "aws.ec2.nitro/nitro_enclaves", new Quantity(Integer.toString(enclavesThere)));
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("aws-nitro-enclaves-k8s-dp", "enabled")
        .addToLabels("kubernetes.io/hostname", name)
        .endMetadata()
        .withNewSpec()
        .withProviderID("aws:///us-east-1a/" + enclaves.instanceId(name))
        .endSpec()
        .withNewStatus()
        .withCapacity(room)
        .withAllocatable(room)
        .addNewAddress("127.0.0.1", "InternalIP")
        .withNewDaemonEndpoints()
        .withNewKubeletEndpoint(server.kubeletPort())
        .endDaemonEndpoints()
        .addNewCondition()
        .withType("Ready")
        .withStatus("True")
        .endCondition()
        .endStatus()
        .build();
  }

  private void run(Pod pod) {
    Running here = running.computeIfAbsent(uid(pod), uid -> new Running());
    String image = pod.getSpec().getContainers().get(0).getImage();
    Behaviour behaviour = behaviours.getOrDefault(image, Behaviour.of(image));
    if (here.restart) {
      here.restart = false;
      enclaves.end(uid(pod));
      here.enclave = behaviour.crashes() ? Optional.empty() : Optional.of(boot(pod, behaviour));
      if (behaviour.crashes()) {
        here.restarts.addAndGet(3);
      }
    }
    boolean up = here.enclave.isPresent();
    boolean gateOpen = pod.getSpec().getReadinessGates().isEmpty()
        || pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals(GATE) && c.getStatus().equals("True"));
    List<PodCondition> conditions = new ArrayList<>();
    conditions.add(condition("PodScheduled", true));
    conditions.add(condition("ContainersReady", up));
    conditions.add(condition("Ready", up && gateOpen));
    report(
        pod,
        new PodStatusBuilder()
            .withPhase("Running")
            .withPodIP(here.enclave.map(PlayedEnclaves.Enclave::address).orElse("127.0.0.1"))
            .withContainerStatuses(container(image, here, behaviour, up))
            .withConditions(conditions)
            .build());
  }

  private static ContainerStatus container(
      String image, Running here, Behaviour behaviour, boolean up) {
    ContainerStatusBuilder status = new ContainerStatusBuilder()
        .withName("enclave")
        .withImage(image)
        .withImageID(image)
        .withReady(up)
        .withRestartCount(here.restarts.get())
        .withContainerID("containerd://" + here.restarts);
    if (up) {
      return status
          .withState(new ContainerStateBuilder().withNewRunning().endRunning().build())
          .build();
    }
    return status
        .withState(new ContainerStateBuilder()
            .withNewWaiting()
            .withReason("CrashLoopBackOff")
            .withMessage("back-off 40s restarting failed container")
            .endWaiting()
            .build())
        .withLastState(new ContainerStateBuilder()
            .withNewTerminated()
            .withExitCode(1)
            .withReason("Error")
            .withMessage(behaviour.lastWords())
            .endTerminated()
            .build())
        .build();
  }

  private PlayedEnclaves.Enclave boot(Pod pod, Behaviour behaviour) {
    try {
      PlayedEnclaves.Enclave enclave = enclaves.start(
          uid(pod),
          pod.getSpec().getNodeName(),
          pull.apply(behaviour.enclaveImage()),
          behaviour.debugMode());
      enclave.silent(behaviour.silent());
      return enclave;
    } catch (IOException e) {
      throw new IllegalStateException("no address for an agent", e);
    }
  }

  private static PodCondition condition(String type, boolean holds) {
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(holds ? "True" : "False")
        .build();
  }

  private void report(Pod pod, PodStatus status) {
    PodStatus known = pod.getStatus();
    if (known.getConditions().containsAll(status.getConditions())
        && known.getContainerStatuses().equals(status.getContainerStatuses())
        && Objects.equals(known.getPodIP(), status.getPodIP())) {
      return;
    }
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod.getMetadata().getName())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            client.getKubernetesSerialization().asJson(Map.of("status", status)));
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }
}
