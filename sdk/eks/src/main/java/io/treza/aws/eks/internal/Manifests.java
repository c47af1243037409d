package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.treza.aws.eks.EnclaveDeployment;
import io.treza.platform.channel.AttestationAgent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes what Kubernetes is to keep for a deployment: a Deployment, and a Service for its ports. */
public final class Manifests {
  /** The device plugin's resource: the right to one enclave (k8s-device-plugin 0.4.1). */
  static final String ENCLAVES = "aws.ec2.nitro/nitro_enclaves";

  private static final String ENCLAVE_CPUS = "aws.ec2.nitro/nitro_enclaves_cpus";
  private static final int PROGRESS_SECONDS = 600;
  private static final long DRAIN_SECONDS = 5;
  private static final long GRACE_SECONDS = 30;

  private final EnclaveDeployment of;
  private final String namespace;

  /** For a deployment in a namespace. */
  public Manifests(EnclaveDeployment of, String namespace) {
    this.of = of;
    this.namespace = namespace;
  }

  /** The Deployment, as server-side apply takes it: without what is the server's to say. */
  public Deployment deployment() {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withName(of.kubernetesName())
        .withNamespace(namespace)
        .withLabels(labels())
        .endMetadata()
        .withNewSpec()
        .withReplicas(of.replicas())
        .withProgressDeadlineSeconds(PROGRESS_SECONDS)
        .withNewSelector()
        .withMatchLabels(selector())
        .endSelector()
        // An old pod goes when a new one is ready, and that takes an open gate.
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxSurge(new IntOrString(1))
        .withMaxUnavailable(new IntOrString(0))
        .endRollingUpdate()
        .endStrategy()
        .withTemplate(template())
        .endSpec()
        .build();
  }

  /** The Service; none if no port is exposed. */
  public Optional<Service> service() {
    if (of.exposedPorts().isEmpty()) {
      return Optional.empty();
    }
    List<ServicePort> ports = of.exposedPorts().stream()
        .map(port -> new ServicePortBuilder()
            .withName(portName(port))
            .withProtocol("TCP")
            .withPort(port)
            .withTargetPort(new IntOrString(portName(port)))
            .build())
        .toList();
    return Optional.of(new ServiceBuilder()
        .withNewMetadata()
        .withName(of.kubernetesName())
        .withNamespace(namespace)
        .withLabels(labels())
        .endMetadata()
        .withNewSpec()
        .withType("ClusterIP")
        .withSelector(selector())
        .withPorts(ports)
        .endSpec()
        .build());
  }

  private PodTemplateSpec template() {
    PodTemplateSpecBuilder template = new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(labels())
        .withAnnotations(of.release().map(r -> Map.of(Names.RELEASE, r)).orElse(Map.of()))
        .endMetadata()
        .withNewSpec()
        .withNodeSelector(of.nodeSelector())
        // The pod asks Kubernetes for nothing; whoever breaks into it shall find no token.
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds(GRACE_SECONDS)
        .addNewReadinessGate(Names.ATTESTED)
        .addNewTopologySpreadConstraint()
        .withMaxSkew(1)
        .withTopologyKey(Names.NODE)
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withNewLabelSelector()
        .withMatchLabels(selector())
        .endLabelSelector()
        .withMatchLabelKeys("pod-template-hash")
        .endTopologySpreadConstraint()
        .withContainers(container())
        .addNewVolume()
        .withName("hugepages")
        .withNewEmptyDir()
        .withMedium(of.hugePages().medium())
        .endEmptyDir()
        .endVolume()
        .endSpec();
    return template.build();
  }

  private Container container() {
    Map<String, Quantity> resources = resources();
    return new ContainerBuilder()
        .withName(Names.CONTAINER)
        .withImage(of.podImage())
        .withCommand("/treza/run")
        .withEnv(environment())
        .withPorts(ports())
        .withNewResources()
        .withLimits(resources)
        .withRequests(resources)
        .endResources()
        .addNewVolumeMount()
        .withName("hugepages")
        .withMountPath("/" + of.hugePages().resource())
        .endVolumeMount()
        // nitro-cli opens the device, which is root's, as its owner; takes huge pages within the
        // pod's limit; and speaks vsock: none of it takes a capability. No seccomp profile is set:
        // the runtimes' own refuse sockets of AF_VSOCK, and Unconfined by name would break the
        // baseline Pod Security Standard.
        .withNewSecurityContext()
        .withRunAsUser(0L)
        .withPrivileged(false)
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        // After a restart the enclave is another: no traffic before its agent is there.
        .withNewReadinessProbe()
        .withNewTcpSocket()
        .withPort(new IntOrString(AttestationAgent.PORT))
        .endTcpSocket()
        .withPeriodSeconds(5)
        .endReadinessProbe()
        // Traffic ends before the enclave does.
        .withNewLifecycle()
        .withNewPreStop()
        .withNewSleep(DRAIN_SECONDS)
        .endPreStop()
        .endLifecycle()
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .build();
  }

  private Map<String, Quantity> resources() {
    Map<String, Quantity> resources = new TreeMap<>(Map.of(
        ENCLAVES,
        new Quantity("1"),
        of.hugePages().resource(),
        new Quantity(of.hugePages().roundUp(of.memoryMiB()) + "Mi"),
        // For nitro-cli and the parent program; Kubernetes grants no huge pages without.
        "cpu",
        new Quantity("250m"),
        "memory",
        new Quantity("256Mi")));
    if (of.countedCpus()) {
      resources.put(ENCLAVE_CPUS, new Quantity(Integer.toString(of.cpus())));
    }
    return resources;
  }

  private List<EnvVar> environment() {
    List<EnvVar> environment = new ArrayList<>();
    environment.add(variable("TREZA_CPUS", Integer.toString(of.cpus())));
    environment.add(variable("TREZA_MEMORY_MIB", Integer.toString(of.memoryMiB())));
    environment.add(variable(
        "TREZA_INGRESS",
        of.exposedPorts().stream().map(String::valueOf).collect(Collectors.joining(" "))));
    environment.add(variable("TREZA_ALLOW", String.join(" ", of.allowedHosts())));
    if (of.debugMode()) {
      environment.add(variable("TREZA_DEBUG", "yes"));
    }
    return environment;
  }

  private static EnvVar variable(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private List<ContainerPort> ports() {
    List<ContainerPort> ports = new ArrayList<>();
    ports.add(port("agent", AttestationAgent.PORT));
    of.exposedPorts().forEach(number -> ports.add(port(portName(number), number)));
    return ports;
  }

  private static ContainerPort port(String name, int number) {
    return new ContainerPortBuilder()
        .withName(name)
        .withContainerPort(number)
        .withProtocol("TCP")
        .build();
  }

  private static String portName(int port) {
    return "p" + port;
  }

  private Map<String, String> labels() {
    Map<String, String> labels = selector();
    of.owner().ifPresent(owner -> labels.put(Names.OWNER, owner));
    return labels;
  }

  private Map<String, String> selector() {
    return selector(of.name());
  }

  /** The labels of everything that belongs to a deployment. */
  public static SortedMap<String, String> selector(String name) {
    return new TreeMap<>(Map.of(Names.MANAGED_BY, Names.TREZA, Names.DEPLOYMENT, name));
  }
}
