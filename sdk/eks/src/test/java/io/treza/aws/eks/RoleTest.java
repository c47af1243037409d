package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.aws.eks.internal.check.Permissions;
import io.treza.aws.eks.internal.check.Permissions.Permission;
import io.treza.aws.eks.internal.check.Permissions.Where;
import io.treza.aws.eks.played.PlayedApiServer;
import io.treza.aws.eks.played.PlayedApiServer.Request;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code samples/eks/role.yaml} grants what is asked of an API server, and nothing it is not. */
@Timeout(180)
class RoleTest {
  private static final Pattern PATH = Pattern.compile(
      "/apis?/(?:([a-z.]+)/)?v1/namespaces/enclaves/([a-z]+)(?:/([^/?]+))?(?:/([a-z]+))?(\\?.*)?");
  private static final Map<String, String> VERBS =
      Map.of("GET", "get", "PATCH", "patch", "POST", "create", "PUT", "update", "DELETE", "delete");
  /** Asked in other ways than an ordinary life: a gatekeeper that watches by name, and by forwarding. */
  private static final Set<String> OTHERWISE = Set.of(
      "deployments:list",
      "pods:get",
      "pods/portforward:get",
      "pods/portforward:create",
      // Server-side apply creates what is not there, by the verb patch and this.
      "deployments:create",
      "services:create");

  @TempDir
  private Path directory;

  private static Set<String> text(List<PolicyRule> rules) {
    Set<String> granted = new TreeSet<>();
    for (PolicyRule rule : rules) {
      for (String group : rule.getApiGroups()) {
        for (String resource : rule.getResources()) {
          rule.getVerbs().forEach(verb -> granted.add(group + "/" + resource + ":" + verb));
        }
      }
    }
    return granted;
  }

  private static Set<String> needed(Where where) {
    return Permissions.NEEDED.stream()
        .filter(permission -> permission.where() == where)
        .map(p -> p.group() + "/" + p.resource() + ":" + p.verb())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void grantsWhatTheCheckAsksFor() throws IOException {
    try (PlayedApiServer server = new PlayedApiServer();
        KubernetesClient client = server.client();
        InputStream in = Files.newInputStream(Path.of("../../samples/eks/role.yaml"))) {
      List<HasMetadata> objects = client.load(in).items();
      objects.forEach(object -> {
        if (object instanceof Role role) {
          assertEquals(needed(Where.NAMESPACE), text(role.getRules()));
        } else if (object instanceof ClusterRole role) {
          assertEquals(needed(Where.CLUSTER), text(role.getRules()));
        }
      });
      assertEquals(4, objects.size());
    }
  }

  @Test
  void grantsTheCallsOfALifeFromLaunchToTerminationAndFewOthers() throws Exception {
    Set<String> called = new TreeSet<>();
    try (Account account = new Account(directory)) {
      try (EksBackend backend = account.backend()) {
        RunningEnclave enclave = backend.launch(Account.request("enc_1"), account.listener());
        enclave.pause();
        enclave.resume();
        enclave.terminate();
      }
      account.played.server().requests().forEach(request -> called.add(call(request)));
    }
    Set<String> granted = Permissions.NEEDED.stream()
        .filter(permission -> !permission.check())
        .map(RoleTest::abridged)
        .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(granted.containsAll(called), called + " of " + granted);
    granted.removeAll(called);
    granted.removeAll(OTHERWISE);
    assertEquals(Set.of(), granted, "granted, and not asked for");
  }

  private static String abridged(Permission permission) {
    return permission.resource() + ":" + permission.verb();
  }

  private static String call(Request request) {
    Matcher path = PATH.matcher(request.path());
    assertTrue(path.matches(), request.toString());
    String resource = path.group(2) + (path.group(4) == null ? "" : "/" + path.group(4));
    String verb = VERBS.get(request.method());
    if (verb.equals("get") && path.group(3) == null) {
      verb = request.path().contains("watch=true") ? "watch" : "list";
    }
    return resource + ":" + verb;
  }
}
