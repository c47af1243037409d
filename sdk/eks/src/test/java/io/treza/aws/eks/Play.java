package io.treza.aws.eks;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.aws.eks.played.PlayedCluster;
import io.treza.aws.eks.played.PlayedEnclaves;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A played cluster, and one who knows what may run on it. */
final class Play implements AutoCloseable, GatekeeperListener {
  final PlayedCluster played = PlayedCluster.start();
  final EnclaveCluster cluster =
      new EnclaveCluster(played.client(), PlayedCluster.NAMESPACE, Reach.POD_IP);
  final AttestationVerifier verifier = AttestationVerifier.builder()
      .trustAnchors(TrustAnchor.development("played", played.enclaves().rootCertificate()))
      .build();
  final List<String> problems = new CopyOnWriteArrayList<>();
  final List<String> judged = new CopyOnWriteArrayList<>();
  private final Map<String, List<Measurements>> allowed = new ConcurrentHashMap<>();

  /** Says which images may run in a deployment from now on. */
  void allow(String deployment, String... images) {
    allowed.put(
        deployment,
        Stream.of(images)
            .map(PlayedCluster::podImage)
            .map(PlayedEnclaves::measurements)
            .toList());
  }

  Gatekeeper.Builder gatekeeper() {
    return Gatekeeper.builder(
            cluster,
            verifier,
            (name, nonce) -> Optional.ofNullable(allowed.get(name))
                .map(known -> Expectation.measurements(known).nonce(nonce)))
        .listener(this);
  }

  /** A deployment of an image, whose enclaves are reached at a port. */
  static EnclaveDeployment.Builder deployment(String name, String image) {
    return EnclaveDeployment.builder(name, PlayedCluster.podImage(image), 2, 512)
        .exposePort(8443)
        .release(image);
  }

  /** The pods as they are now. */
  List<EnclavePod> pods(String name) {
    try {
      return cluster.pods(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until there are so many pods that traffic is sent to, and no others. */
  List<EnclavePod> awaitReady(String name, int number) throws InterruptedException {
    PlayedCluster.await(number + " ready pods of " + name, () -> {
      List<EnclavePod> pods = pods(name);
      return pods.size() == number && pods.stream().allMatch(EnclavePod::ready);
    });
    return pods(name);
  }

  /** Waits until there are so many pods whose enclaves were booted. */
  List<EnclavePod> awaitRunning(String name, int number) throws InterruptedException {
    PlayedCluster.await(number + " running pods of " + name, () -> {
      List<EnclavePod> pods = pods(name);
      return pods.size() == number && pods.stream().allMatch(p -> p.run().isPresent());
    });
    return pods(name);
  }

  /** The reason in a pod's condition. */
  String conditionReason(EnclavePod pod) {
    return played
        .administrator()
        .pods()
        .inNamespace(PlayedCluster.NAMESPACE)
        .withName(pod.name())
        .get()
        .getStatus()
        .getConditions()
        .stream()
        .filter(c -> c.getType().equals("treza.io/attested"))
        .map(c -> String.valueOf(c.getReason()))
        .findFirst()
        .orElse("");
  }

  @Override
  public void judged(EnclavePod pod, PodVerdict verdict) {
    judged.add(verdict.reason());
  }

  @Override
  public void problem(String message) {
    problems.add(message);
  }

  @Override
  public void close() {
    cluster.close();
    played.close();
  }
}
