package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.PodSecurity;
import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule about a workload, in what a manifest can say to it. */
class WorkloadRulesTest {
  private static final String DIGEST = "@sha256:" + "0123456789abcdef".repeat(4);

  @TempDir
  Path directory;

  private Workload audit(String pod) throws IOException {
    Path file = directory.resolve("m.yaml");
    Files.writeString(file, pod);
    return KubernetesAudit.read(file, PodSecurity.Version.latest()).workloads().get(0);
  }

  private Workload pod(String members, String container) throws IOException {
    return audit("{kind: Pod, metadata: {name: p}, spec: {" + members
        + (members.isEmpty() ? "" : ", ") + "containers: [{name: c, " + container + "}]}}");
  }

  private static Result result(Workload workload, String check) {
    return JudgedManifestsTest.result(workload, CheckId.valueOf(check));
  }

  private static Finding only(Workload workload, String id) {
    List<Finding> found =
        workload.findings().stream().filter(f -> f.id().equals(id)).toList();
    assertEquals(1, found.size(), found::toString);
    return found.get(0);
  }

  private static boolean has(Workload workload, String id) {
    return workload.findings().stream().anyMatch(f -> f.id().equals(id));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          {}                                    | {}                                   | FAIL | INCONCLUSIVE
          {runAsNonRoot: true}                  | {}                                   | PASS | PASS
          {runAsUser: 1000}                     | {}                                   | PASS | PASS
          {runAsUser: 1000}                     | {runAsUser: 0}                       | FAIL | FAIL
          {runAsUser: 0}                        | {runAsUser: 1000}                    | PASS | PASS
          {runAsNonRoot: true}                  | {runAsNonRoot: false}                | FAIL | INCONCLUSIVE
          {runAsNonRoot: false}                 | {runAsNonRoot: true}                 | PASS | PASS
          {runAsNonRoot: true}                  | {runAsUser: 0}                       | FAIL | FAIL
          {}                                    | {runAsNonRoot: false, runAsUser: 5}  | PASS | PASS
          {runAsNonRoot: true}                  | {runAsUser: 0x0}                     | FAIL | FAIL
          {runAsUser: 1}                        | {runAsUser: null}                    | PASS | PASS
          {runAsUser: -1}                       | {}                                   | FAIL | FAIL
          {runAsUser: '1000'}                   | {}                                   | FAIL | INCONCLUSIVE
          {runAsNonRoot: 'true'}                | {}                                   | FAIL | INCONCLUSIVE
          {RunAsNonRoot: true, runasuser: 1}    | {}                                   | FAIL | INCONCLUSIVE
          """)
  void whatAContainerSetsOverridesItsPodsUser(
      String ofPod, String ofContainer, Result row, Result property) throws IOException {
    Workload workload = pod("securityContext: " + ofPod, "securityContext: " + ofContainer);
    assertEquals(row, result(workload, "H02"), workload.findings()::toString);
    if (!ofPod.contains("'")) {
      assertEquals(
          property,
          Result.of(workload.findings().stream()
              .filter(f -> f.id().equals("P03"))
              .map(Finding::result)
              .toList()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"initContainers", "ephemeralContainers"})
  void everyKindOfContainerCounts(String list) throws IOException {
    String good =
        "securityContext: {runAsUser: 1, readOnlyRootFilesystem: true, capabilities: {drop:"
            + " [ALL]}}, image: 'a:1" + DIGEST + "'";
    List<String> rows = List.of("H02", "H04", "H05", "H06", "H08", "H09");
    Workload alone = pod("", good);
    Workload with = pod(
        list + ": [{name: d, restartPolicy: Always, image: e, env: [{name: A_PASSWORD,"
            + " value: swordfish1}]}]",
        good);
    for (String row : rows) {
      assertEquals(Result.PASS, result(alone, row), row);
      assertEquals(Result.FAIL, result(with, row), row);
    }
  }

  @Test
  void rootsGroupIsWorthAWarningAndChangesNoRow() throws IOException {
    Workload workload = pod("securityContext: {fsGroup: 0, runAsUser: 1}", "image: a");
    assertEquals(Result.WARN, only(workload, "P03-group").result());
    assertEquals(Result.PASS, result(workload, "H02"));
    assertFalse(has(pod("securityContext: {fsGroup: 1}", "image: a"), "P03-group"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          {readOnlyRootFilesystem: true}    | PASS
          {readOnlyRootFilesystem: True}    | PASS
          {readOnlyRootFilesystem: yes}     | PASS
          {readOnlyRootFilesystem: false}   | FAIL
          {readOnlyRootFilesystem: 'true'}  | FAIL
          {readOnlyRootFilesystem: 1}       | FAIL
          {}                                | FAIL
          """)
  void onlyAContainerItselfCanMakeItsRootReadOnly(String security, Result expected)
      throws IOException {
    assertEquals(
        expected,
        result(
            pod("securityContext: {readOnlyRootFilesystem: true}", "securityContext: " + security),
            "H05"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          capabilities: {drop: [ALL]}                                     | PASS
          capabilities: {drop: [all]}                                     | PASS
          capabilities: {drop: [NET_RAW, ALL], add: [NET_BIND_SERVICE]}   | PASS
          capabilities: {drop: [ALL], add: [CHOWN]}                       | FAIL
          capabilities: {drop: [ALL], add: [CAP_NET_BIND_SERVICE]}        | FAIL
          capabilities: {drop: [ALL], add: [ALL]}                         | FAIL
          capabilities: {drop: [NET_RAW, SYS_ADMIN]}                      | FAIL
          capabilities: {drop: [ALLOW]}                                   | FAIL
          capabilities: {drop: ALL}                                       | FAIL
          capabilities: {drop: []}                                        | FAIL
          capabilities: null                                              | FAIL
          'privileged: true, capabilities: {drop: [ALL]}'                 | FAIL
          'privileged: false, capabilities: {drop: [ALL]}'                | PASS
          """)
  void allCapabilitiesAreDroppedAndAtMostOneAdded(String security, Result expected)
      throws IOException {
    assertEquals(
        expected, result(pod("", "securityContext: {" + security.replace("'", "") + "}"), "H06"));
  }

  @Test
  void windowsHasNeitherCapabilitiesNorReadOnlyRoots() throws IOException {
    Workload workload = pod("os: {name: windows}", "image: a");
    assertEquals(Result.NOT_APPLICABLE, result(workload, "H05"));
    assertEquals(Result.NOT_APPLICABLE, result(workload, "H06"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          app                        | FAIL         | FAIL
          app:latest                 | FAIL         | FAIL
          app:v1                     | FAIL         | PASS
          app:latest-amd64           | FAIL         | PASS
          registry:5000/app          | FAIL         | FAIL
          registry:5000/app:1        | FAIL         | PASS
          appDIGEST                  | PASS         | PASS
          app:latestDIGEST           | PASS         | PASS
          registry:5000/appDIGEST    | PASS         | PASS
          ${REGISTRY}/app:1DIGEST    | PASS         | PASS
          app:1@sha256:0123          | FAIL         | PASS
          app@md5:0123               | FAIL         | FAIL
          app:${TAG}                 | INCONCLUSIVE | INCONCLUSIVE
          $IMAGE                     | INCONCLUSIVE | INCONCLUSIVE
          $REGISTRY/app:latest       | INCONCLUSIVE | FAIL
          ''                         | FAIL         | FAIL
          """)
  void imagesAreNamedByDigestAndNotLatest(String image, Result digest, Result latest)
      throws IOException {
    String name = image.replace("DIGEST", DIGEST);
    for (Workload workload : List.of(
        pod("", "image: '" + name + "'"),
        pod(
            "volumes: [{name: v, image: {reference: '" + name + "'}}]",
            "image: 'a" + DIGEST + "'"))) {
      assertEquals(digest, result(workload, "H08"));
      assertEquals(latest, result(workload, "H09"));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          {name: DB_PASSWORD, value: swordfish1}                             | FAIL | swor
          {name: DB_PASSWORD, value: 12345678}                               | FAIL | 12345
          {name: DB_PASSWORD, value: ''}                                     | PASS | -
          {name: DB_PASSWORD, value: $(OTHER)}                               | PASS | -
          {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}  | PASS | -
          {name: DB_PASSWORD_FILE, value: /run/secrets/db}                   | PASS | -
          {name: BLAH, value: secretsquirrels}                               | PASS | -
          {name: URL, value: 'postgres://app:swordfish1@db/x'}               | FAIL | swordfish
          {name: X, value: ghp_0123456789abcdefghijABCDEFGHIJ012345}         | FAIL | 0123456
          """)
  void secretsInTheEnvironmentAreFoundAndNotPrinted(String variable, Result expected, String hidden)
      throws IOException {
    Workload workload = pod("", "env: [" + variable + "]");
    assertEquals(expected, result(workload, "H04"));
    if (expected == Result.FAIL) {
      assertFalse(only(workload, "H04-env").message().contains(hidden + "f"), workload::toString);
      assertFalse(only(workload, "H04-env").message().contains("0123456789"), workload::toString);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          --password=swordfish1                              | WARN
          --db-password=                                     | PASS
          --tls-private-key-file=/etc/tls/tls.key            | PASS
          --token=ghp_0123456789abcdefghijABCDEFGHIJ012345   | FAIL
          --secure-port=10250                                | PASS
          """)
  void commandLinesAreLookedThrough(String argument, Result expected) throws IOException {
    assertEquals(expected, result(pod("", "args: ['" + argument + "']"), "H04"));
    assertEquals(expected, result(pod("", "command: [sh, '" + argument + "']"), "H04"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/",
        "/var",
        "/var/run/",
        "/run/containerd",
        "//run/./containerd/containerd.sock",
        "/var/run/crio/crio.sock"
      })
  void socketsOfTheRuntimeAreFoundHoweverMounted(String path) throws IOException {
    Workload workload = pod("volumes: [{name: v, hostPath: {path: " + path + "}}]", "image: a");
    assertEquals(Result.FAIL, only(workload, "P04-runtime-socket").result());
    assertEquals(Result.FAIL, only(workload, "P04-pss").result());
  }

  @Test
  void otherPathsOfTheNodeAreForbiddenOnce() throws IOException {
    Workload workload = pod("volumes: [{name: v, hostPath: {path: /dev}}]", "image: a");
    assertFalse(has(workload, "P04-runtime-socket"));
    assertEquals(
        "Pod Security baseline v1.37 forbids it (hostPathVolumes): the volume \"v\" is a path of the"
            + " node, \"/dev\"",
        only(workload, "P04-pss").message());
  }

  @Test
  void aReadOnlyRootSaysWhereElseCanBeWritten() throws IOException {
    String readOnly = "securityContext: {readOnlyRootFilesystem: true}";
    assertEquals(Result.INCONCLUSIVE, only(pod("", readOnly), "P04-writable").result());
    Finding finding = only(
        pod(
            "volumes: [{name: t, emptyDir: {}}, {name: s, secret: {}}, {name: r, emptyDir: {}}]",
            readOnly
                + ", volumeMounts: [{name: t, mountPath: /tmp}, {name: s, mountPath: /s}, {name: r,"
                + " mountPath: /r, readOnly: true}]"),
        "P04-writable");
    assertEquals(Result.PASS, finding.result());
    assertTrue(finding.message().endsWith("can write in /tmp only"), finding.message());
    assertFalse(has(pod("", "image: a"), "P04-writable"));
  }

  @Test
  void whatOnlyRestrictedForbidsWarnsAndChangesNoRowOfTheChecklist() throws IOException {
    Workload workload = pod(
        "",
        "securityContext: {runAsUser: 1, readOnlyRootFilesystem: true, capabilities: {drop: [all]}}");
    assertEquals(Result.PASS, result(workload, "H02"));
    assertEquals(Result.PASS, result(workload, "H06"));
    assertEquals(Result.WARN, only(workload, "P03-pss").result());
    assertEquals(
        List.of(
            "allowPrivilegeEscalation",
            "capabilities_restricted",
            "runAsNonRoot",
            "seccompProfile_restricted"),
        workload.podSecurity().restricted().stream()
            .map(PodSecurity.Violation::check)
            .toList());
    assertEquals(Result.WARN, result(workload, "P07"));
    assertTrue(workload.podSecurity().allowedBy(PodSecurity.Level.BASELINE));
  }

  @Test
  void aValueOfAWrongTypeIsForbidden() throws IOException {
    Workload workload = pod("hostPID: 'false'", "ports: [{hostPort: '0'}]");
    assertEquals(
        List.of("hostNamespaces", "hostPorts"),
        workload.podSecurity().baseline().stream()
            .map(PodSecurity.Violation::check)
            .toList());
    assertEquals(
        "spec.hostPID is the text \"false\" and has to be true or false, or Kubernetes refuses the"
            + " manifest",
        workload.podSecurity().baseline().get(0).message());
  }

  @Test
  void aVersionNewerThanAllKnownIsJudgedAsTheNewest() throws IOException {
    Path file = directory.resolve("m.yaml");
    Files.writeString(file, "{kind: Pod, spec: {containers: [{name: c}]}}");
    PodSecurity latest = KubernetesAudit.read(file, PodSecurity.Version.latest())
        .workloads()
        .get(0)
        .podSecurity();
    assertEquals(
        latest,
        KubernetesAudit.read(file, new PodSecurity.Version(99))
            .workloads()
            .get(0)
            .podSecurity());
  }

  @Test
  void theTokenOfTheServiceAccountIsMountedUnlessPodOrAccountSaysNot() throws IOException {
    String pod = "kind: Pod\nmetadata: {name: p, namespace: x}\nspec: {serviceAccountName: a, %s"
        + "containers: [{name: c}]}\n---\nkind: ServiceAccount\nmetadata: {name: a, namespace: %s}\n"
        + "automountServiceAccountToken: %s\n";
    assertEquals(Result.WARN, automount(String.format(pod, "", "x", "null")));
    assertEquals(Result.PASS, automount(String.format(pod, "", "x", "false")));
    assertEquals(Result.WARN, automount(String.format(pod, "", "y", "false")));
    String off = "automountServiceAccountToken: false, ";
    assertEquals(Result.PASS, automount(String.format(pod, off, "x", "true")));
    String on = "automountServiceAccountToken: true, ";
    assertEquals(Result.WARN, automount(String.format(pod, on, "x", "false")));
  }

  private Result automount(String manifests) throws IOException {
    return only(audit(manifests), "P07-automount").result();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          aws.ec2.nitro/nitro_enclaves: 1                      | ''                   | WARN
          aws.ec2.nitro/nitro_enclaves: 1, hugepages-1Gi: 2Gi  | ''                   | INCONCLUSIVE
          aws.ec2.nitro/nitro_enclaves: 1, hugepages-1Gi: 2Gi  | hugepages-1Gi: 2Gi   | INCONCLUSIVE
          aws.ec2.nitro/nitro_enclaves: 1, hugepages-2Mi: 2Gi  | hugepages-2Mi: 1Gi   | WARN
          aws.ec2.nitro/nitro_enclaves: 1                      | hugepages-2Mi: 1Gi   | WARN
          """)
  void aPodThatStartsEnclavesNeedsHugePages(String limits, String requests, Result expected)
      throws IOException {
    Workload workload =
        pod("", "resources: {limits: {" + limits + "}, requests: {" + requests + "}}");
    assertEquals(expected, result(workload, "E09"));
  }

  @Test
  void otherPodsNeedNoHugePages() throws IOException {
    assertFalse(has(pod("", "resources: {limits: {memory: 1Gi}}"), "E09-hugepages"));
  }

  @Test
  void aFindingSaysWhatToWriteAndWhere() throws IOException {
    assertEquals(
        "Write readOnlyRootFilesystem: true under spec.containers[0].securityContext, and mount an"
            + " emptyDir where it has to write, such as /tmp.",
        only(pod("", "image: a"), "H05").fix());
  }
}
