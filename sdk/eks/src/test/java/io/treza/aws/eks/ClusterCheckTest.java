package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.aws.eks.ClusterFinding.Link;
import io.treza.aws.eks.internal.check.ClusterSurvey;
import io.treza.aws.eks.internal.check.Permissions;
import io.treza.aws.eks.internal.check.Permissions.Permission;
import io.treza.aws.eks.played.PlayedApiServer;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Each link that is missing between a cluster and its enclaves is a finding of its own. */
class ClusterCheckTest {
  private static final String ENCLAVES = "aws.ec2.nitro/nitro_enclaves";
  private static final String NAMESPACE = "enclaves";
  private static final EnclaveDemand DEMAND = new EnclaveDemand(2, 2, 512, HugePages.TWO_MIB);

  @AutoClose
  private final PlayedApiServer server = new PlayedApiServer();

  @AutoClose
  private final KubernetesClient client = server.client();

  private Map<Link, ClusterFinding> findings(Permission... missing) throws IOException {
    Map<Link, ClusterFinding> found = new HashMap<>();
    new ClusterSurvey(client, NAMESPACE, DEMAND)
        .findings(new Permissions.Verdict(List.of(missing)))
        .forEach(finding -> found.put(finding.link(), finding));
    return found;
  }

  private static void assertMissing(ClusterFinding finding, String says) {
    assertFalse(finding.met(), finding.toString());
    assertTrue(finding.text().contains(says), finding.toString());
  }

  private void namespace(Map<String, String> labels) {
    client
        .resource(new NamespaceBuilder()
            .withNewMetadata()
            .withName(NAMESPACE)
            .withLabels(labels)
            .endMetadata()
            .build())
        .create();
  }

  private void node(String name, String type, Map<String, String> allocatable) {
    Map<String, Quantity> amounts = new HashMap<>();
    allocatable.forEach((resource, amount) -> amounts.put(resource, new Quantity(amount)));
    client
        .resource(new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels("aws-nitro-enclaves-k8s-dp", "enabled")
            .addToLabels("node.kubernetes.io/instance-type", type)
            .endMetadata()
            .withNewStatus()
            .withAllocatable(amounts)
            .endStatus()
            .build())
        .create();
  }

  private void plugin(int ready) {
    client
        .resource(new DaemonSetBuilder()
            .withNewMetadata()
            .withName("aws-nitro-enclaves-k8s-daemonset")
            .withNamespace("kube-system")
            .endMetadata()
            .withNewSpec()
            .withNewTemplate()
            .withNewSpec()
            .addNewContainer()
            .withName("plugin")
            .withImage(
                "public.ecr.aws/aws-nitro-enclaves/aws-nitro-enclaves-k8s-device-plugin:0.4.1")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .withNewStatus()
            .withNumberReady(ready)
            .endStatus()
            .build())
        .create();
  }

  private void pod(String name, String node, String phase, Map<String, String> requests) {
    Map<String, Quantity> amounts = new HashMap<>();
    requests.forEach((resource, amount) -> amounts.put(resource, new Quantity(amount)));
    client
        .resource(new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("others")
            .endMetadata()
            .withNewSpec()
            .withNodeName(node)
            .addNewContainer()
            .withName("c")
            .withNewResources()
            .withRequests(amounts)
            .endResources()
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPhase(phase)
            .endStatus()
            .build())
        .create();
  }

  private static Map<String, String> good() {
    return Map.of(ENCLAVES, "4", "hugepages-2Mi", "2Gi", "hugepages-1Gi", "0");
  }

  @Test
  void findsNothingMissingOnAClusterThatIsReady() throws IOException {
    namespace(Map.of());
    plugin(1);
    node("a", "m6i.xlarge", good());
    Map<Link, ClusterFinding> found = findings();
    assertEquals(
        List.of(), found.values().stream().filter(finding -> !finding.met()).toList());
    assertEquals("there is room for 4 such enclaves", found.get(Link.ROOM).text());
  }

  @Test
  void missesTheNamespace() throws IOException {
    assertMissing(findings().get(Link.NAMESPACE), "kubectl create namespace enclaves");
  }

  @Test
  void missesANamespaceThatLetsRootIn() throws IOException {
    namespace(Map.of("pod-security.kubernetes.io/enforce", "restricted"));
    assertMissing(findings().get(Link.NAMESPACE), "pod-security.kubernetes.io/enforce=baseline");
  }

  @Test
  void takesANamespaceOfTheBaseline() throws IOException {
    namespace(Map.of("pod-security.kubernetes.io/enforce", "baseline"));
    assertTrue(findings().get(Link.NAMESPACE).met());
  }

  @Test
  void missesLabelledNodes() throws IOException {
    assertMissing(findings().get(Link.NODES), "aws-nitro-enclaves-k8s-dp=enabled");
  }

  @Test
  void missesTheDevicePlugin() throws IOException {
    node("a", "m6i.xlarge", good());
    assertMissing(findings().get(Link.DEVICE_PLUGIN), "not installed");
  }

  @Test
  void missesTheDevicePluginOnANode() throws IOException {
    node("a", "m6i.xlarge", good());
    node("b", "m6i.xlarge", Map.of());
    plugin(1);
    assertMissing(findings().get(Link.DEVICE_PLUGIN), "ready on 1 of 2 labelled nodes");
  }

  @Test
  void missesAnInstanceTypeThatCanHaveEnclaves() throws IOException {
    node("a", "t3.large", Map.of());
    node("b", "m7i-flex.large", Map.of());
    node("c", "m6i.metal", Map.of());
    node("d", "m6i.xlarge", Map.of());
    assertMissing(
        findings().get(Link.INSTANCE_TYPE), "type m6i.metal, m7i-flex.large, t3.large never");
  }

  @Test
  void missesNodesThatOfferEnclaves() throws IOException {
    node("a", "m6i.xlarge", Map.of("hugepages-2Mi", "2Gi"));
    assertMissing(findings().get(Link.ENCLAVES), "EnclaveOptions.Enabled");
  }

  @Test
  void missesAFreeEnclaveWhereAllAreTaken() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "2", "hugepages-2Mi", "2Gi"));
    pod("one", "a", "Running", Map.of(ENCLAVES, "1"));
    pod("two", "a", "Pending", Map.of(ENCLAVES, "1"));
    assertMissing(findings().get(Link.ENCLAVES), "all 2 enclaves of 1 nodes are taken");
  }

  @Test
  void countsNoPodThatHasEnded() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "1", "hugepages-2Mi", "2Gi"));
    pod("one", "a", "Succeeded", Map.of(ENCLAVES, "1"));
    pod("two", "b", "Running", Map.of(ENCLAVES, "1"));
    assertEquals("1 of 1 enclaves are free", findings().get(Link.ENCLAVES).text());
  }

  @Test
  void missesHugePagesThatTheAllocatorDidNotReserve() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "4", "hugepages-2Mi", "0"));
    assertMissing(findings().get(Link.HUGE_PAGES), "before the kubelet counts them");
  }

  @Test
  void missesHugePagesOfTheSizeThatIsAskedFor() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "4", "hugepages-1Gi", "2Gi"));
    assertMissing(
        findings().get(Link.HUGE_PAGES), "no hugepages-2Mi, but hugepages-1Gi: ask for that size");
  }

  @Test
  void missesEnoughHugePagesOnOneNode() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "4", "hugepages-2Mi", "512Mi"));
    node("b", "m6i.xlarge", Map.of(ENCLAVES, "4", "hugepages-2Mi", "400Mi"));
    pod("one", "a", "Running", Map.of(ENCLAVES, "1", "hugepages-2Mi", "256Mi"));
    assertMissing(
        findings().get(Link.HUGE_PAGES), "no node has 512 MiB of hugepages-2Mi free, at most 400");
  }

  @Test
  void missesCpusWhereThePluginTells() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "4", "hugepages-2Mi", "2Gi", ENCLAVES + "_cpus", "1"));
    assertMissing(findings().get(Link.CPUS), "no node has 2 free, at most 1");
  }

  @Test
  void missesRoomForOneMoreWhileTheyAreReplaced() throws IOException {
    node("a", "m6i.xlarge", Map.of(ENCLAVES, "4", "hugepages-2Mi", "1Gi"));
    assertMissing(
        findings().get(Link.ROOM), "room for 2 such enclaves, and 2 are asked for and one more");
  }

  @Test
  void saysWhichVerbsAreMissingAndLooksAtNothingElse() throws IOException {
    Permission nodes = Permissions.NEEDED.stream()
        .filter(permission -> permission.resource().equals("nodes"))
        .findFirst()
        .orElseThrow();
    node("a", "m6i.xlarge", good());
    Map<Link, ClusterFinding> found = findings(nodes);
    assertMissing(found.get(Link.PERMISSIONS), "list nodes in the whole cluster: bind samples");
    assertFalse(found.containsKey(Link.NODES), "nobody may look there");
    assertTrue(found.containsKey(Link.NAMESPACE));
  }

  @Test
  void asksTheServerForEachPermission() throws IOException {
    server.forbid("patch pods/status");
    server.forbid("list nodes");
    namespace(Map.of());
    try (EnclaveCluster cluster = new EnclaveCluster(server.client(), NAMESPACE, Reach.POD_IP)) {
      List<ClusterFinding> found = ClusterCheck.of(cluster, DEMAND);
      assertEquals(
          List.of(Link.PERMISSIONS, Link.NAMESPACE),
          found.stream().map(ClusterFinding::link).toList());
      assertMissing(
          found.get(0), "may not patch pods/status, list nodes in the whole cluster: bind");
    }
  }

  @Test
  void asksForAnEnclaveAtLeast() {
    assertThrows(
        IllegalArgumentException.class, () -> new EnclaveDemand(0, 2, 512, HugePages.TWO_MIB));
  }
}
