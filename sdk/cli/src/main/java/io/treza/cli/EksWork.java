package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.aws.eks.ClusterCheck;
import io.treza.aws.eks.ClusterFinding;
import io.treza.aws.eks.ClusterSettings;
import io.treza.aws.eks.DeploymentStatus;
import io.treza.aws.eks.EcrCredentials;
import io.treza.aws.eks.EnclaveCluster;
import io.treza.aws.eks.EnclaveDemand;
import io.treza.aws.eks.EnclaveDeployment;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gatekeeper;
import io.treza.aws.eks.GatekeeperListener;
import io.treza.aws.eks.HugePages;
import io.treza.aws.eks.PodImage;
import io.treza.aws.eks.PodVerdict;
import io.treza.aws.eks.RolloutOutcome;
import io.treza.eif.EifFile;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.CredentialSource;
import io.treza.image.RegistryAccess;
import io.treza.image.RegistryReference;
import io.treza.sdk.fleet.FleetMember;
import io.treza.sdk.fleet.FleetReport;
import io.treza.sdk.fleet.FleetVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the commands about EKS do; the only class here that sees that library, so that no other
 * command loads a Kubernetes client when it starts.
 */
final class EksWork {
  private static final Duration ANSWER = Duration.ofSeconds(20);

  private final Map<String, String> settings;
  private final PrintWriter out;
  private final boolean json;

  EksWork(Map<String, String> settings, PrintWriter out, boolean json) {
    this.settings = settings;
    this.out = out;
    this.json = json;
  }

  @FunctionalInterface
  private interface Work {
    int on(EnclaveCluster cluster) throws IOException, InterruptedException;
  }

  private int with(Work work) {
    return answer(() -> {
      try (EnclaveCluster cluster =
          ClusterSettings.takeFrom(new TreeMap<>(settings)).connect()) {
        return work.on(cluster);
      }
    });
  }

  @FunctionalInterface
  private interface Answer {
    int get() throws IOException, InterruptedException;
  }

  private static int answer(Answer answer) {
    try {
      return answer.get();
    } catch (IOException | IllegalArgumentException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unusable("interrupted", e);
    }
  }

  int check(EksDemandOptions demand, @Nullable String nodeGroup) {
    return with(cluster -> {
      List<ClusterFinding> findings = new ArrayList<>(ClusterCheck.of(
          cluster,
          new EnclaveDemand(
              demand.replicas, demand.cpus, demand.memory, HugePages.parse(demand.hugePages))));
      if (nodeGroup != null) {
        findings.addAll(ClusterCheck.ofNodeGroup(needed("region"), needed("cluster"), nodeGroup));
      }
      findings.forEach(finding -> out.println(
          json
              ? JsonNodeFactory.instance
                  .objectNode()
                  .put("link", finding.link().name())
                  .put("met", finding.met())
                  .put("text", finding.text())
                  .toString()
              : Printable.text(finding.toString())));
      return findings.stream().allMatch(ClusterFinding::met) ? Treza.YES : Treza.NO;
    });
  }

  private String needed(String setting) {
    return Optional.ofNullable(settings.get(setting))
        .orElseThrow(() ->
            new Unusable("--node-group is one of EKS: give --cluster and --cluster-region, too"));
  }

  int image(
      Path eif,
      String base,
      @Nullable Path nitroCli,
      @Nullable String push,
      @Nullable Path output,
      List<String> insecure) {
    return EifAnswer.of(() -> {
      RegistryAccess.Builder access = RegistryAccess.builder()
          .credentials(EcrCredentials.standard().or(CredentialSource.docker()));
      insecure.forEach(access::insecureHttp);
      RegistryAccess registry = access.build();
      try (ContainerImage opened = base(eif, base, registry)) {
        PodImage.Builder builder = PodImage.builder(opened, eif);
        if (nitroCli != null) {
          builder.nitroCli(Content.of(nitroCli));
        }
        PodImage image = builder.build();
        if (output != null) {
          image.write(output);
          out.println(image.digest());
        } else if (push != null) {
          out.println(image.push(RegistryReference.parse(push), registry));
        }
        return Treza.YES;
      }
    });
  }

  private static ContainerImage base(Path eif, String base, RegistryAccess registry)
      throws IOException {
    ContainerImage.Opener opener = ContainerImage.opener()
        .architecture(EifFile.open(eif).header().architecture().imageName())
        .registries(registry);
    return base.contains("@sha256:")
        ? opener.open(RegistryReference.parse(base))
        : opener.open(Path.of(base));
  }

  int apply(EksDeploymentOptions wanted) {
    return with(cluster -> {
      cluster.apply(deployment(wanted));
      out.println("applied " + wanted.name + " in namespace " + cluster.namespace()
          + "; its pods wait to be attested");
      return Treza.YES;
    });
  }

  private static EnclaveDeployment deployment(EksDeploymentOptions wanted) {
    EnclaveDeployment.Builder builder = EnclaveDeployment.builder(
            wanted.name, wanted.image, wanted.demand.cpus, wanted.demand.memory)
        .replicas(wanted.demand.replicas)
        .hugePages(HugePages.parse(wanted.demand.hugePages));
    wanted.ports.forEach(builder::exposePort);
    wanted.hosts.forEach(builder::allowHost);
    Optional.ofNullable(wanted.release).ifPresent(builder::release);
    if (wanted.countCpus) {
      builder.countCpus();
    }
    if (wanted.debugMode) {
      builder.debugMode();
    }
    return builder.build();
  }

  int rollOut(
      EksDeploymentOptions wanted,
      AttestationVerifier verifier,
      Function<byte[], Expectation.Builder> expected,
      Duration limit,
      boolean watch) {
    return with(cluster -> {
      EnclaveDeployment deployment = deployment(wanted);
      // Of other deployments nothing is known here, and their gates are others' to keep.
      try (Gatekeeper keeper = Gatekeeper.builder(
              cluster,
              verifier,
              (name, nonce) -> name.equals(deployment.name())
                  ? Optional.of(expected.apply(nonce))
                  : Optional.empty())
          .deployment(deployment.name())
          .listener(new Told(out))
          .start()) {
        RolloutOutcome outcome = keeper.rollOut(deployment, limit);
        out.println(Printable.text(explained(outcome)));
        out.flush();
        boolean completed = outcome instanceof RolloutOutcome.Completed;
        if (completed && watch) {
          new CountDownLatch(1).await();
        }
        return completed ? Treza.YES : Treza.NO;
      }
    });
  }

  /** Prints verdicts as they come. */
  private record Told(PrintWriter out) implements GatekeeperListener {
    @Override
    public void judged(EnclavePod pod, PodVerdict verdict) {
      say((verdict.admits() ? "VERIFIED  " : "SHUT  ") + pod.name() + ": " + verdict.explanation());
    }

    @Override
    public void problem(String message) {
      say("PROBLEM  " + message);
    }

    private void say(String line) {
      out.println(Printable.text(line));
      out.flush();
    }
  }

  private static String explained(RolloutOutcome outcome) {
    if (outcome instanceof RolloutOutcome.Completed completed) {
      return "all " + completed.pods().size() + " pods run it, each verified";
    } else if (outcome instanceof RolloutOutcome.Refused refused) {
      return "REFUSED  " + refused.pod().name() + ": " + refused.verdict().explanation()
          + back(refused.rolledBack());
    } else if (outcome instanceof RolloutOutcome.Crashed crashed) {
      return "CRASHED  " + crashed.pod().name() + ": " + crashed.why() + back(crashed.rolledBack());
    }
    RolloutOutcome.TimedOut late = (RolloutOutcome.TimedOut) outcome;
    return "TIMED OUT, waiting for: " + String.join("; ", late.waitingFor())
        + back(late.rolledBack());
  }

  private static String back(boolean rolledBack) {
    return rolledBack ? "; what ran before is put back" : "; nothing ran before";
  }

  int scale(String name, int replicas) {
    return with(cluster -> {
      cluster.scale(name, replicas);
      out.println(name + " is to have " + replicas + " enclaves");
      return Treza.YES;
    });
  }

  int remove(String name, Duration limit) {
    return with(cluster -> {
      cluster.remove(name, limit);
      out.println("nothing of " + name + " is left in namespace " + cluster.namespace());
      return Treza.YES;
    });
  }

  int status(@Nullable String name) {
    return with(cluster -> {
      List<DeploymentStatus> found =
          name == null ? cluster.list() : cluster.find(name).stream().toList();
      if (name != null && found.isEmpty()) {
        throw new Unusable(
            "there is no deployment " + name + " in namespace " + cluster.namespace());
      }
      for (DeploymentStatus status : found) {
        out.println(json ? json(status) : text(status));
        for (EnclavePod pod : cluster.pods(status.name())) {
          out.println(json ? json(pod) : text(pod));
        }
      }
      return Treza.YES;
    });
  }

  private static String text(DeploymentStatus status) {
    return Printable.text(status.name() + ": " + status.ready() + " of " + status.desired()
        + " ready" + (status.settled() ? "" : ", rolling")
        + status.owner().map(o -> ", of " + o).orElse("") + ", " + status.podImage());
  }

  private static String text(EnclavePod pod) {
    return Printable.text("  " + pod.name() + ": " + pod.phase() + ", gate " + pod.gate()
        + (pod.ready() ? ", ready" : "") + (pod.ending() ? ", ending" : "")
        + pod.node().map(n -> ", on " + n).orElse("")
        + pod.release().map(r -> ", says it runs " + r).orElse(""));
  }

  private static ObjectNode json(DeploymentStatus status) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("deployment", status.name())
        .put("owner", status.owner().orElse(null))
        .put("image", status.podImage())
        .put("release_claimed", status.release().orElse(null))
        .put("desired", status.desired())
        .put("ready", status.ready())
        .put("settled", status.settled());
  }

  private static ObjectNode json(EnclavePod pod) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("deployment", pod.deployment())
        .put("pod", pod.name())
        .put("phase", pod.phase())
        .put("gate", pod.gate().name())
        .put("ready", pod.ready())
        .put("ending", pod.ending())
        .put("node", pod.node().orElse(null))
        .put("release_claimed", pod.release().orElse(null));
  }

  /** Re-attests all pods of a deployment, but for those that are ending. */
  FleetReport verify(String name, FleetVerifier judges) throws InterruptedException {
    try (EnclaveCluster cluster =
        ClusterSettings.takeFrom(new TreeMap<>(settings)).connect()) {
      List<FleetMember> members = new ArrayList<>();
      for (EnclavePod pod : cluster.pods(name)) {
        if (!pod.ending()) {
          members.add(new FleetMember.ByEvidence(
              pod.name(), (id, nonce) -> cluster.evidence(pod, nonce, ANSWER)));
        }
      }
      if (members.isEmpty()) {
        throw new Unusable(
            "the deployment " + name + " has no pods in namespace " + cluster.namespace());
      }
      return judges.verify(members);
    } catch (IOException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    }
  }
}
