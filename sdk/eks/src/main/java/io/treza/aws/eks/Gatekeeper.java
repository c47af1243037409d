package io.treza.aws.eks;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.treza.attestation.AttestationVerifier;
import io.treza.aws.eks.internal.Attestor;
import io.treza.aws.eks.internal.Faults;
import io.treza.aws.eks.internal.GateConditions;
import io.treza.aws.eks.internal.Names;
import io.treza.aws.eks.internal.Readings;
import io.treza.aws.eks.internal.RollingUpdate;
import io.treza.aws.eks.internal.Watch;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Opens the readiness gate of every enclave pod whose evidence it verified, and no other's, so that
 * Kubernetes sends traffic to attested enclaves only and rolls on only over them. Thread-safe.
 *
 * <p>Evidence is asked of each pod with a nonce of its own when its container starts, and again after
 * each interval; a gate shuts when that fails. Who administers the cluster can write the gate
 * himself: it guards against mistakes, and clients verify for themselves all the same.
 */
public final class Gatekeeper implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final EnclaveCluster cluster;
  private final Attestor attestor;
  private final Watch watch;
  private final SharedIndexInformer<Pod> informer;

  private Gatekeeper(Builder builder) {
    this.cluster = builder.cluster;
    this.attestor = new Attestor(
        builder.verifier,
        builder.admission,
        (pod, nonce) -> builder.cluster.evidence(pod, nonce, builder.answerLimit),
        builder.ownNode
            ? Optional.of(node -> instance(builder.cluster.client(), node))
            : Optional.empty());
    this.watch = new Watch(
        attestor::judge,
        new GateConditions(cluster.client(), cluster.namespace(), InstantSource.system()),
        builder.listener,
        builder.concurrency,
        builder.interval);
    Map<String, String> labels = new TreeMap<>(Map.of(Names.MANAGED_BY, Names.TREZA));
    builder.owner.ifPresent(owner -> labels.put(Names.OWNER, owner));
    builder.deployment.ifPresent(name -> labels.put(Names.DEPLOYMENT, name));
    this.informer = cluster
        .client()
        .pods()
        .inNamespace(cluster.namespace())
        .withLabels(labels)
        .runnableInformer(builder.interval.toMillis());
    informer.addEventHandler(new Events(watch));
    // Once it ran it is kept up, whatever happens to the server or the watch.
    informer.exceptionHandler((started, failure) -> {
      builder.listener.problem("watch pods: "
          + (failure instanceof KubernetesClientException e
              ? Faults.explain(e)
              : String.valueOf(failure.getMessage())));
      return started;
    });
  }

  /**
   * Settings for one who judges with a verifier.
   *
   * @param admission what may run; never read from the cluster
   */
  public static Builder builder(
      EnclaveCluster cluster, AttestationVerifier verifier, Admission admission) {
    return new Builder(cluster, verifier, admission);
  }

  /** What was found out about the enclave that a pod runs now; empty before it was judged. */
  public Optional<PodVerdict> verdict(String podUid) {
    return watch.verdict(podUid);
  }

  /**
   * Makes a deployment or changes it as {@link EnclaveCluster#apply} does, and waits until all its
   * pods run what is described and have been verified by this gatekeeper. The pods before serve until
   * then. If a new pod's evidence is refused, its container ends again and again, or the time is
   * over, the template that this one replaced is put back; none if it replaced none.
   *
   * <p>Until the last pod is replaced both releases run: reference values and the admission have to
   * allow both.
   *
   * @param limit how long it may take
   * @throws IOException if the cluster cannot be asked or refuses, the admission knows nothing of the
   *     deployment, or somebody else changed it meanwhile
   */
  public RolloutOutcome rollOut(EnclaveDeployment deployment, Duration limit)
      throws IOException, InterruptedException {
    if (!attestor.expects(deployment.name())) {
      throw new IOException(new PodVerdict.NotExpected(deployment.name()).explanation());
    }
    return new RollingUpdate(cluster.objects(), watch, deployment).run(limit);
  }

  /** Opens no gate any more. Those that are open stay so. */
  @Override
  public void close() {
    informer.close();
    watch.close();
  }

  private void start() throws IOException, InterruptedException {
    try {
      informer.start().toCompletableFuture().get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      close();
      Throwable why = Optional.ofNullable(e.getCause()).orElse(e);
      throw new IOException(
          "watch pods: "
              + (why instanceof KubernetesClientException refused
                  ? Faults.explain(refused)
                  : "no answer from the API server: " + why),
          e);
    } catch (InterruptedException e) {
      close();
      throw e;
    }
  }

  private static String instance(KubernetesClient client, String name) throws IOException {
    Node node = Faults.explained(
        "read node " + name, () -> client.nodes().withName(name).get());
    return Optional.ofNullable(node)
        .flatMap(n -> Optional.ofNullable(n.getSpec().getProviderID()))
        .filter(id -> id.startsWith("aws:///"))
        .map(id -> id.substring(id.lastIndexOf('/') + 1))
        .orElseThrow(() -> new IOException(
            "node " + name + " has no providerID of the form aws:///zone/instance"));
  }

  /** Tells the watch of pods that are ours. */
  private record Events(Watch watch) implements ResourceEventHandler<Pod> {
    @Override
    public void onAdd(Pod pod) {
      Readings.pod(pod).ifPresent(watch::seen);
    }

    @Override
    public void onUpdate(Pod old, Pod pod) {
      Optional<EnclavePod> now = Readings.pod(pod);
      now.ifPresentOrElse(watch::seen, () -> watch.gone(pod.getMetadata().getUid()));
    }

    @Override
    public void onDelete(Pod pod, boolean unknown) {
      watch.gone(pod.getMetadata().getUid());
    }
  }

  /** Collects the settings. */
  public static final class Builder {
    private final EnclaveCluster cluster;
    private final AttestationVerifier verifier;
    private final Admission admission;
    private Duration interval = Duration.ofMinutes(5);
    private Duration answerLimit = Duration.ofSeconds(10);
    private int concurrency = 16;
    private boolean ownNode;
    private Optional<String> owner = Optional.empty();
    private Optional<String> deployment = Optional.empty();
    private GatekeeperListener listener = GatekeeperListener.NONE;

    private Builder(EnclaveCluster cluster, AttestationVerifier verifier, Admission admission) {
      this.cluster = cluster;
      this.verifier = verifier;
      this.admission = admission;
    }

    /** After how long each pod is attested anew; 5 minutes unless said, at least a second. */
    public Builder interval(Duration time) {
      if (time.compareTo(Duration.ofSeconds(1)) < 0) {
        throw new IllegalArgumentException("the interval is at least a second, not " + time);
      }
      this.interval = time;
      return this;
    }

    /** How long an agent may take to answer; 10 seconds unless said. */
    public Builder answerLimit(Duration time) {
      this.answerLimit = time;
      return this;
    }

    /** How many pods are judged at once; 16 unless said. */
    public Builder concurrency(int number) {
      if (number < 1) {
        throw new IllegalArgumentException("at least one pod is judged at once, not " + number);
      }
      this.concurrency = number;
      return this;
    }

    /**
     * Demands that an enclave is on the instance that the cluster says its pod is on (PCR4), so that
     * evidence of another instance is not passed on. Needs the right to {@code get nodes}.
     */
    public Builder requireOwnNode() {
      this.ownNode = true;
      return this;
    }

    /**
     * Looks after the pods of one owner only, and leaves others' gates to others; after all in the
     * namespace unless said.
     */
    public Builder owner(String id) {
      this.owner = Optional.of(Names.requireLabelValue("an owner", id));
      return this;
    }

    /** Looks after the pods of one deployment only, likewise. */
    public Builder deployment(String name) {
      this.deployment = Optional.of(Names.requireName(name));
      return this;
    }

    /** Who is told of verdicts and problems; nobody unless said. */
    public Builder listener(GatekeeperListener one) {
      this.listener = one;
      return this;
    }

    /**
     * Starts it, and returns when it knows all pods there are.
     *
     * @throws IOException if the cluster cannot be asked or refuses
     */
    public Gatekeeper start() throws IOException, InterruptedException {
      Gatekeeper gatekeeper = new Gatekeeper(this);
      gatekeeper.start();
      return gatekeeper;
    }
  }
}
