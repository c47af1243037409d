package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gate;
import io.treza.aws.eks.PodVerdict;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes a verdict into its pod's condition {@code treza.io/attested}, and nothing else. */
public final class GateConditions {
  private static final int LONGEST_MESSAGE = 1024;

  private final KubernetesClient client;
  private final String namespace;
  private final InstantSource clock;

  /** In a namespace of what the client is connected to. */
  public GateConditions(KubernetesClient client, String namespace, InstantSource clock) {
    this.client = client;
    this.namespace = namespace;
    this.clock = clock;
  }

  /**
   * Writes it.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if the server does not take it,
   *     with 409 if another pod has the name by now
   */
  public void write(EnclavePod pod, PodVerdict verdict) {
    boolean open = verdict.admits();
    Map<String, String> condition = new TreeMap<>();
    condition.put("type", Names.ATTESTED);
    condition.put("status", open ? "True" : "False");
    condition.put("reason", verdict.reason());
    condition.put("message", shortened(verdict.explanation()));
    if (pod.gate() != (open ? Gate.OPEN : Gate.SHUT)) {
      condition.put(
          "lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    }
    // A strategic merge finds the condition by its type and leaves those of the kubelet alone; the
    // uid is a precondition.
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod.name())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            client
                .getKubernetesSerialization()
                .asJson(Map.of(
                    "metadata", Map.of("uid", pod.uid()),
                    "status", Map.of("conditions", List.of(condition)))));
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE - 3) + "...";
  }
}
