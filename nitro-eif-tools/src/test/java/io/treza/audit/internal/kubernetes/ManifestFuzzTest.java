package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.audit.AuditException;
import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.PodSecurity;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all as a file of manifests: workloads with an answer to each question, or an {@link
 * AuditException}, and nothing else.
 *
 * <p>The build runs the seeds only. To fuzz:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn verify -pl nitro-eif-tools -am -Dtest=ManifestFuzzTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 *
 * <p>An input that fails is kept under {@code src/test/resources} and is a regression test from
 * then on.
 */
class ManifestFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
            """
            kind: Deployment
            metadata: {name: a, annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}}
            spec:
              template:
                spec: &spec
                  hostPID: yes
                  securityContext: {runAsUser: 0, sysctls: [{name: a, value: b}]}
                  initContainers: [{name: i, image: "a:latest", ports: [{hostPort: 80}]}]
                  containers:
                  - name: c
                    image: a@sha256:0
                    env: [{name: A_PASSWORD, value: b}]
                    args: ["--token=c"]
                    livenessProbe: {httpGet: {host: h}}
                    securityContext: {capabilities: {drop: [all], add: [X]}, seccompProfile: {type: U}}
                    resources: {limits: {aws.ec2.nitro/nitro_enclaves: 1}}
                  volumes: [{name: v, hostPath: {path: /run}}, {name: w, image: {reference: x}}]
            ---
            kind: List
            items: [{kind: Pod, spec: {<<: *none}}, {kind: CronJob, spec: 5}, null]
            """,
            "{\"kind\": \"PodList\", \"items\": [{\"spec\": {\"containers\": [{\"image\": 1e9}]}}]}",
            "kind: Pod\nspec: {containers: [{}], os: {name: windows}, hostUsers: 0}",
            "a: &a {b: !!int \"0x1\"}\nc: {<<: [*a], ? d : |\n  x}",
            "{{ template }}",
            "%YAML 1.1\n--- >\n x\n...\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void answersOrRefuses(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("manifest", ".yaml");
    try {
      Files.write(file, bytes);
      List<Workload> workloads;
      try {
        workloads = KubernetesAudit.read(file, PodSecurity.Version.latest()).workloads();
      } catch (AuditException refused) {
        assertTrue(refused.getMessage().startsWith(file + ":"), refused.getMessage());
        return;
      }
      for (Workload workload : workloads) {
        for (CheckId row : List.of(
            CheckId.H02,
            CheckId.H04,
            CheckId.H05,
            CheckId.H06,
            CheckId.H08,
            CheckId.H09,
            CheckId.P07)) {
          assertTrue(
              workload.findings().stream().map(Finding::check).anyMatch(row::equals), row::name);
        }
      }
    } finally {
      Files.delete(file);
    }
  }
}
