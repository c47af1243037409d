package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.aws.eks.RolloutOutcome.Completed;
import io.treza.aws.eks.RolloutOutcome.Refused;
import io.treza.aws.eks.played.PlayedCluster;
import io.treza.aws.eks.played.PlayedEnclaves;
import io.treza.aws.eks.played.RealApiServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What samples/eks/role.yaml allows is enough, and no more, as Kubernetes itself decides it. */
class RoleOnKubernetesTest {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final String GROUP = "treza-operators";

  private final PlayedCluster played = PlayedCluster.startReal();
  private final RealApiServer server = (RealApiServer) played.server();
  private final KubernetesClient admin = played.administrator();
  private List<HasMetadata> role = List.of();

  @BeforeEach
  void grant() throws IOException {
    String text = Files.readString(Path.of("../../samples/eks/role.yaml"))
        .replace("@NAMESPACE@", PlayedCluster.NAMESPACE)
        .replace("@CALLER@", GROUP);
    role = admin
        .load(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
        .items();
    role.forEach(object -> admin.resource(object).forceConflicts().serverSideApply());
  }

  @AfterEach
  void end() throws Exception {
    role.forEach(object -> admin.resource(object).delete());
    played.close();
  }

  @Test
  void allowsAllThatIsDoneAndEveryRightIsUsed() throws Exception {
    useEverything();
    Set<String> unused = rights();
    unused.removeAll(used());
    // Asked for besides the verb of the request, and so not in the log: of an apply that makes an
    // object, for which see the next test, and of a WebSocket.
    assertEquals(
        Set.of("apps/deployments create", "/services create", "/pods/portforward create"), unused);
  }

  @Test
  void makesNothingWithoutTheRightToCreate() throws Exception {
    try (EnclaveCluster cluster = operator(Reach.POD_IP)) {
      for (String resource : List.of("deployments", "services")) {
        withoutCreate(resource);
        PlayedCluster.await("no right to create " + resource, () -> {
          try {
            cluster.apply(Play.deployment("probe", "v1").replicas(0).build());
            cluster.remove("probe", LONG);
            return false;
          } catch (IOException e) {
            return e.getMessage().contains("create " + resource)
                || e.getMessage().contains("cannot create resource \"" + resource + "\"");
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
        grant();
      }
    }
  }

  @Test
  void seesNothingOfOtherNamespaces() {
    try (EnclaveCluster elsewhere =
        new EnclaveCluster(server.clientAs("operator", GROUP), "default", Reach.POD_IP)) {
      IOException e = assertThrows(IOException.class, elsewhere::list);
      assertTrue(e.getMessage().contains("deployments"), e.getMessage());
    }
  }

  private void useEverything() throws Exception {
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("played", played.enclaves().rootCertificate()))
        .build();
    Measurements known = PlayedEnclaves.measurements(PlayedCluster.podImage("v1"));
    try (EnclaveCluster cluster = operator(Reach.PORT_FORWARD);
        Gatekeeper gatekeeper = Gatekeeper.builder(
                cluster,
                verifier,
                (name, nonce) ->
                    Optional.of(Expectation.measurements(List.of(known)).nonce(nonce)))
            .start()) {
      assertInstanceOf(
          Completed.class, gatekeeper.rollOut(Play.deployment("web", "v1").build(), LONG));
      EnclavePod pod = cluster.pods("web").get(0);
      server.writeLog(PlayedCluster.NAMESPACE, pod.name(), "one\ntwo\nthree\n");
      assertEquals(List.of("two", "three"), cluster.logs(pod, 2));
      assertInstanceOf(
          Refused.class, gatekeeper.rollOut(Play.deployment("web", "v2").build(), LONG));
      ClusterCheck.of(cluster, new EnclaveDemand(1, 2, 512, HugePages.TWO_MIB));
      assertEquals(1, cluster.list().size());
      cluster.scale("web", 0);
      cluster.remove("web", LONG);
    }
  }

  private EnclaveCluster operator(Reach reach) {
    return new EnclaveCluster(server.clientAs("operator", GROUP), PlayedCluster.NAMESPACE, reach);
  }

  private void withoutCreate(String resource) {
    Role all = role.stream()
        .filter(Role.class::isInstance)
        .map(Role.class::cast)
        .findFirst()
        .orElseThrow();
    List<PolicyRule> less = all.getRules().stream()
        .map(rule -> rule.getResources().contains(resource)
            ? new PolicyRuleBuilder(rule).removeFromVerbs("create").build()
            : rule)
        .toList();
    admin.resource(new RoleBuilder(all).withRules(less).build()).update();
  }

  /** Each right of both roles: group/resource and verb. */
  private Set<String> rights() {
    return role.stream()
        .flatMap(object -> object instanceof Role inNamespace
            ? inNamespace.getRules().stream()
            : object instanceof ClusterRole everywhere
                ? everywhere.getRules().stream()
                : Stream.empty())
        .flatMap(rule -> rule.getApiGroups().stream()
            .flatMap(group -> rule.getResources().stream()
                .flatMap(resource ->
                    rule.getVerbs().stream().map(verb -> group + "/" + resource + " " + verb))))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The rights by which requests of the operator were let through. */
  private Set<String> used() {
    return server.audit().stream()
        .filter(event -> event.at("/impersonatedUser/username").asText().equals("operator"))
        .filter(event ->
            event.at("/annotations/authorization.k8s.io~1reason").asText().contains("\"treza"))
        .map(event -> right(event.path("objectRef"), event.path("verb").asText()))
        .collect(Collectors.toSet());
  }

  private static String right(JsonNode object, String verb) {
    String part = object.path("subresource").asText();
    return object.path("apiGroup").asText() + "/" + object.path("resource").asText()
        + (part.isEmpty() ? "" : "/" + part) + " " + verb;
  }
}
