package io.treza.aws.eks.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.treza.aws.eks.EnclaveDeployment;
import io.treza.aws.eks.HugePages;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What Kubernetes is told, to the last field. */
class ManifestsTest {
  private static final String IMAGE =
      "123456789012.dkr.ecr.us-east-1.amazonaws.com/web@sha256:" + "ab".repeat(32);

  @Test
  void asksForWhatTheDevicePluginGivesAndNothingElse() {
    assertEquals(
        """
        ---
        apiVersion: "apps/v1"
        kind: "Deployment"
        metadata:
          labels:
            app.kubernetes.io/managed-by: "treza"
            treza.io/deployment: "Web_1"
            treza.io/owner: "server-1"
          name: "treza-web-1"
          namespace: "enclaves"
        spec:
          progressDeadlineSeconds: 600
          replicas: 3
          selector:
            matchLabels:
              app.kubernetes.io/managed-by: "treza"
              treza.io/deployment: "Web_1"
          strategy:
            rollingUpdate:
              maxSurge: 1
              maxUnavailable: 0
            type: "RollingUpdate"
          template:
            metadata:
              annotations:
                treza.io/release: "c0ffee"
              labels:
                app.kubernetes.io/managed-by: "treza"
                treza.io/deployment: "Web_1"
                treza.io/owner: "server-1"
            spec:
              automountServiceAccountToken: false
              containers:
              - command:
                - "/treza/run"
                env:
                - name: "TREZA_CPUS"
                  value: "2"
                - name: "TREZA_MEMORY_MIB"
                  value: "1025"
                - name: "TREZA_INGRESS"
                  value: "8443 9443"
                - name: "TREZA_ALLOW"
                  value: "*.example.org:443 api.example.com:443"
                image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/web@sha256:abababababababababababababababababababababababababababababababab"
                lifecycle:
                  preStop:
                    sleep:
                      seconds: 5
                name: "enclave"
                ports:
                - containerPort: 9001
                  name: "agent"
                  protocol: "TCP"
                - containerPort: 8443
                  name: "p8443"
                  protocol: "TCP"
                - containerPort: 9443
                  name: "p9443"
                  protocol: "TCP"
                readinessProbe:
                  periodSeconds: 5
                  tcpSocket:
                    port: 9001
                resources:
                  limits:
                    aws.ec2.nitro/nitro_enclaves: "1"
                    cpu: "250m"
                    hugepages-2Mi: "1026Mi"
                    memory: "256Mi"
                  requests:
                    aws.ec2.nitro/nitro_enclaves: "1"
                    cpu: "250m"
                    hugepages-2Mi: "1026Mi"
                    memory: "256Mi"
                securityContext:
                  allowPrivilegeEscalation: false
                  capabilities:
                    drop:
                    - "ALL"
                  privileged: false
                  runAsUser: 0
                terminationMessagePolicy: "FallbackToLogsOnError"
                volumeMounts:
                - mountPath: "/hugepages-2Mi"
                  name: "hugepages"
              enableServiceLinks: false
              nodeSelector:
                aws-nitro-enclaves-k8s-dp: "enabled"
              readinessGates:
              - conditionType: "treza.io/attested"
              terminationGracePeriodSeconds: 30
              topologySpreadConstraints:
              - labelSelector:
                  matchLabels:
                    app.kubernetes.io/managed-by: "treza"
                    treza.io/deployment: "Web_1"
                matchLabelKeys:
                - "pod-template-hash"
                maxSkew: 1
                topologyKey: "kubernetes.io/hostname"
                whenUnsatisfiable: "ScheduleAnyway"
              volumes:
              - emptyDir:
                  medium: "HugePages-2Mi"
                name: "hugepages"
        """,
        yaml(new Manifests(
                builder()
                    .replicas(3)
                    .exposePort(9443)
                    .exposePort(8443)
                    .allowHost("api.example.com:443")
                    .allowHost("*.example.org:443")
                    .release("c0ffee")
                    .owner("server-1")
                    .build(),
                "enclaves")
            .deployment()));
  }

  @Test
  void sendsTrafficToTheExposedPortsByName() {
    assertEquals(
        """
        ---
        apiVersion: "v1"
        kind: "Service"
        metadata:
          labels:
            app.kubernetes.io/managed-by: "treza"
            treza.io/deployment: "Web_1"
          name: "treza-web-1"
          namespace: "enclaves"
        spec:
          ports:
          - name: "p8443"
            port: 8443
            protocol: "TCP"
            targetPort: "p8443"
          selector:
            app.kubernetes.io/managed-by: "treza"
            treza.io/deployment: "Web_1"
          type: "ClusterIP"
        """,
        yaml(new Manifests(builder().exposePort(8443).build(), "enclaves")
            .service()
            .orElseThrow()));
  }

  @Test
  void hasNoServiceWithoutPorts() {
    assertTrue(new Manifests(builder().build(), "enclaves").service().isEmpty());
  }

  @Test
  void takesWholePagesOfOneGibibyte() {
    Map<String, Quantity> limits =
        resources(builder().hugePages(HugePages.ONE_GIB).build());
    assertEquals(new Quantity("2048Mi"), limits.get("hugepages-1Gi"));
    assertFalse(limits.containsKey("hugepages-2Mi"));
  }

  @Test
  void countsCpusOnlyIfTold() {
    assertFalse(resources(builder().build()).containsKey("aws.ec2.nitro/nitro_enclaves_cpus"));
    assertEquals(
        new Quantity("2"),
        resources(builder().countCpus().build()).get("aws.ec2.nitro/nitro_enclaves_cpus"));
  }

  @Test
  void opensTheConsoleOnlyIfAskedByName() {
    String variable = "name: \"TREZA_DEBUG\"";
    assertFalse(yaml(new Manifests(builder().build(), "n").deployment()).contains(variable));
    assertTrue(
        yaml(new Manifests(builder().debugMode().build(), "n").deployment()).contains(variable));
  }

  private static EnclaveDeployment.Builder builder() {
    return EnclaveDeployment.builder("Web_1", IMAGE, 2, 1025);
  }

  private static Map<String, Quantity> resources(EnclaveDeployment deployment) {
    return new Manifests(deployment, "enclaves")
        .deployment()
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .get(0)
        .getResources()
        .getLimits();
  }

  private static String yaml(Object object) {
    return new KubernetesSerialization().asYaml(object);
  }
}
