package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditException;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.PodSecurity;
import io.treza.audit.Subject;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Manifests;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file of manifests may be, where its workloads are found, and what is refused. */
class ManifestReadingTest {
  private static final String POD = "{containers: [{name: a, image: b}]}";

  @TempDir
  Path directory;

  private Manifests read(String text) throws IOException {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  private Manifests read(byte[] bytes) throws IOException {
    Path file = directory.resolve("m.yaml");
    Files.write(file, bytes);
    return KubernetesAudit.read(file, PodSecurity.Version.latest());
  }

  private String refusal(String text) {
    return assertThrows(AuditException.class, () -> read(text))
        .getMessage()
        .replace(directory.toString(), "");
  }

  private static List<String> names(Manifests manifests) {
    return manifests.workloads().stream()
        .map(Workload::subject)
        .map(s -> s.kind() + "/" + s.name())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          Pod                   | v1                                | spec: %s
          PodTemplate           | v1                                | template: {spec: %s}
          Deployment            | apps/v1                           | spec: {template: {spec: %s}}
          Deployment            | extensions/v1beta1                | spec: {template: {spec: %s}}
          StatefulSet           | apps/v1beta1                      | spec: {template: {spec: %s}}
          DaemonSet             | apps/v1                           | spec: {template: {spec: %s}}
          ReplicaSet            | apps/v1                           | spec: {template: {spec: %s}}
          ReplicationController | v1                                | spec: {template: {spec: %s}}
          Job                   | batch/v1                          | spec: {template: {spec: %s}}
          CronJob               | batch/v2alpha1                    | spec: {jobTemplate: {spec: {template: {spec: %s}}}}
          DeploymentConfig      | apps.openshift.io/v1              | spec: {template: {spec: %s}}
          Rollout               | argoproj.io/v1alpha1              | spec: {template: {spec: %s}}
          Service               | serving.knative.dev/v1            | spec: {template: {spec: %s}}
          Revision              | serving.knative.dev/v1            | spec: %s
          """)
  void theKindsThatMakePodsAreKnownInEveryVersion(String kind, String version, String rest)
      throws IOException {
    Manifests manifests = read("apiVersion: " + version + "\nkind: " + kind
        + "\nmetadata: {name: app, namespace: s}\n" + String.format(rest, POD));
    assertEquals(List.of(kind + "/app"), names(manifests));
    assertEquals(
        new Subject.Workload(directory.resolve("m.yaml").toString(), kind, Optional.of("s"), "app"),
        manifests.workloads().get(0).subject());
    assertEquals(List.of(), manifests.notes());
  }

  @Test
  void aServiceOfKubernetesItselfMakesNoPods() throws IOException {
    Manifests manifests = read("apiVersion: v1\nkind: Service\nspec: {selector: {a: b}}");
    assertEquals(new Manifests(List.of(), List.of()), manifests);
  }

  @Test
  void listsAndTheirItemsAndManyDocumentsAreWalked() throws IOException {
    String pod = "{kind: Pod, metadata: {name: %s}, spec: " + POD + "}";
    Manifests manifests = read("---\n---\n# nothing\n---\nkind: List\nitems:\n- "
        + String.format(pod, "one") + "\n- kind: List\n  items: [" + String.format(pod, "two")
        + ", null]\n---\nkind: PodList\nitems: [{metadata: {generateName: three-}, spec: " + POD
        + "}]\n---\n" + String.format(pod, "four") + "\n...\n");
    assertEquals(List.of("Pod/one", "Pod/two", "Pod/three-*", "Pod/four"), names(manifests));
    assertEquals(List.of(), manifests.notes());
  }

  @Test
  void jsonIsReadWithTabsAndOneDocumentAfterTheOther() throws IOException {
    String pod = """
        {
        \t"kind": "Pod",
        \t"metadata": {"name": "one\\/\\ud83d\\ude00"},
        \t"spec": {"containers": [{"name": "a", "securityContext":
        \t\t{"runAsUser": 0}}]}
        }
        """;
    Manifests manifests = read(pod + pod);
    assertEquals(List.of("Pod/one/\ud83d\ude00", "Pod/one/\ud83d\ude00"), names(manifests));
    Location location = finding(manifests.workloads().get(1), "H02").location();
    assertEquals(
        new Location.Node(
            directory.resolve("m.yaml").toString(),
            11,
            "spec.containers[0].securityContext.runAsUser"),
        location);
  }

  @Test
  void locationsNameTheLineAndThePathInYaml() throws IOException {
    Manifests manifests = read("""
        # A comment
        kind: Service
        ---
        kind: Deployment
        spec:
          template:
            spec:
              containers:
              - name: a
                image: b
              - name: c
                image:
                  d:latest
        """);
    List<Location> lines = manifests.workloads().get(0).findings().stream()
        .filter(f -> f.id().equals("H09"))
        .map(Finding::location)
        .toList();
    String file = directory.resolve("m.yaml").toString();
    assertEquals(
        List.of(
            new Location.Node(file, 10, "spec.template.spec.containers[0].image"),
            new Location.Node(file, 13, "spec.template.spec.containers[1].image")),
        lines);
  }

  @Test
  void anchorsAliasesAndMergesMeanWhatTheyMeanToKubernetes() throws IOException {
    Manifests manifests = read("""
        kind: Pod
        x-defaults: &defaults
          runAsUser: 1
          privileged: yes
        spec:
          containers:
          - name: a
            image: &image b:1
            securityContext: {<<: *defaults, privileged: off}
          - name: c
            image: *image
            securityContext:
              <<: [{runAsUser: 0}, *defaults]
        """);
    Workload workload = manifests.workloads().get(0);
    assertEquals(
        List.of("container \"a\" runs as user 1", "container \"c\" runs as user 0"),
        workload.findings().stream()
            .filter(f -> f.id().equals("H02"))
            .map(Finding::message)
            .toList());
    assertEquals(
        List.of("container \"c\" is privileged"),
        workload.podSecurity().baseline().stream()
            .map(PodSecurity.Violation::message)
            .toList());
  }

  private static Finding finding(Workload workload, String id) {
    return workload.findings().stream()
        .filter(f -> f.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          apiVersion: v2                           | no kind, so no manifest of Kubernetes
          [1, 2]                                   | not audited: the document is a list and has to be an object
          {kind: Deployment, spec: {replicas: 2}}  | a Deployment without containers was not audited
          {kind: Pod, spec: {containers: {a: b}}}  | spec.containers is an object and has to be a list
          {kind: Workflow, spec: {t: [{containers: [{image: a}]}]}} | a Workflow has containers, but how
          """)
  void whatIsNotAuditedIsNoted(String text, String note) throws IOException {
    Manifests manifests = read(text);
    assertEquals(List.of(), manifests.workloads());
    assertEquals(1, manifests.notes().size());
    assertTrue(manifests.notes().get(0).message().contains(note), manifests.notes()::toString);
  }

  @Test
  void anItemThatIsNoObjectDoesNotHideTheOthers() throws IOException {
    Manifests manifests =
        read("{kind: List, items: [5, {kind: Pod, metadata: {name: p}, spec: " + POD + "}]}");
    assertEquals(List.of("Pod/p"), names(manifests));
    assertEquals(1, manifests.notes().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kind: Pod\nspec:\n  {{- toYaml .Values.pod | nindent 2 }}\n",
        "kind: Pod\n{{ if .Values.a }}\na: b\n{{ end }}\n",
        "kind: Pod\nspec: {containers: [{image: '{{ .Values.image }}'}]}\n",
        "kind: Pod\nmetadata: {name: '{{ .Release.Name }}-a'}\nspec: " + POD,
        "{{ define \"a\" }}\nkind: Pod\n{{ end }}\n",
      })
  void templatesAreRefusedWithWhatToDo(String text) {
    String refusal = refusal(text);
    assertTrue(refusal.matches("(?s)/m.yaml:[123]: .*render it first.*"), refusal);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          a: 1\\nb: [                    | 2: not well-formed YAML
          a: 1\\nb: 2\\na: 3             | 3: the key "a" is there twice
          a: {b: 1, "b": 2}             | 1: the key "b" is there twice
          a: &x {b: 1}\\nc: {b: 2, <<: *x} | 2: << merges in this key "b" after another
          a: {<<: 1}                    | 1: << merges an object or a list of them
          a: &x [*x]                    | 1: the alias *x has no anchor that ends before it
          a: &x {<<: *x}                | 1: the alias *x has no anchor that ends before it
          a: *x                         | 1: the alias *x has no anchor
          a: &x 1\\n---\\nb: *x          | 3: the alias *x has no anchor
          ? [a]\\n: b                    | 1: not well-formed YAML: a key has to be text
          a: !!java.lang.Runtime {}     | 1: the tag tag:yaml.org,2002:java.lang.Runtime has no meaning
          a: !Ref b                     | 1: the tag !Ref has no meaning
          \\ta: b                        | 1: not well-formed YAML
          {"a": 1,\\n"a": 2}             | 2: not well-formed JSON: Duplicate field
          {"a": }                       | 1: not well-formed JSON
          {"a": 1} x                    | 1: not well-formed JSON
          """)
  void malformedFilesAreRefusedByLine(String text, String refusal) {
    String actual = refusal(text.replace("\\n", "\n").replace("\\t", "\t"));
    assertTrue(actual.startsWith("/m.yaml:" + refusal), actual);
  }

  @Test
  void binaryFilesAreRefused() {
    assertTrue(refusal("a: b\nc: \u0001\n").startsWith("/m.yaml:2: the control character 0x01"));
    byte[] latin = "a: b\nc: \u00e4\n".getBytes(StandardCharsets.ISO_8859_1);
    AuditException e = assertThrows(AuditException.class, () -> read(latin));
    assertTrue(
        e.getMessage().endsWith("m.yaml:2: not UTF-8 from byte 8 on, so no manifest"), e::toString);
    assertTrue(refusal("a\u0000b").startsWith("/m.yaml:1: the control character 0x00"));
  }

  @Test
  void aMissingFileIsNamed() {
    AuditException e = assertThrows(
        AuditException.class,
        () -> KubernetesAudit.read(directory.resolve("none"), PodSecurity.Version.latest()));
    assertTrue(e.getMessage().contains("none: cannot be read"), e::toString);
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheText() throws IOException {
    assertEquals(1, read("\uFEFFkind: Pod\nspec: " + POD).workloads().size());
  }
}
