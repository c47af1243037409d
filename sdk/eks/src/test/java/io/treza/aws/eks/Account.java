package io.treza.aws.eks;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.attestation.TrustAnchor;
import io.treza.aws.eks.internal.backend.MadeImage;
import io.treza.aws.eks.played.PlayedCluster;
import io.treza.aws.eks.played.PlayedEnclaves;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A played cluster and a directory, and the backends that come and go on them. */
final class Account implements AutoCloseable {
  static final String IMAGE = PlayedCluster.podImage("service");

  final PlayedCluster played = PlayedCluster.start();
  final List<String> log = new CopyOnWriteArrayList<>();
  final List<String> ends = new CopyOnWriteArrayList<>();
  /** How often an image was made. */
  final AtomicInteger builds = new AtomicInteger();

  private final Path blobs;
  private final Path work;

  Account(Path directory) throws IOException {
    blobs = Files.createDirectories(directory.resolve("blobs"));
    work = directory.resolve("work");
  }

  EnclaveListener listener() {
    return new EnclaveListener() {
      @Override
      public void log(Source source, String line) {
        log.add(source + " " + line);
      }

      @Override
      public void ended(String reason) {
        ends.add(reason);
      }
    };
  }

  static LaunchRequest request(String id) {
    return new LaunchRequest(
        id, "docker-archive:any.tar", "us-east-1", 2, 512, false, List.of(8443), List.of());
  }

  /** A backend as a process just started has it. */
  EksBackend backend() throws IOException {
    return builder(played.client()).build();
  }

  EksBackend.Builder builder(KubernetesClient client) {
    return building(client).images((request, listener) -> {
      builds.incrementAndGet();
      return new MadeImage(IMAGE, PlayedEnclaves.measurements(IMAGE).pcrs());
    });
  }

  /** One that builds and pushes images itself, of what is in the directory {@code blobs}. */
  EksBackend.Builder building(KubernetesClient client) {
    return EksBackend.builder(
            new EnclaveCluster(client, PlayedCluster.NAMESPACE, Reach.POD_IP), blobs)
        .workDirectory(work)
        .deployment("test")
        .region("us-east-1")
        .launchLimit(Duration.ofSeconds(30))
        .trustAnchor(TrustAnchor.development("played", played.enclaves().rootCertificate()));
  }

  /** All that is on the cluster, and in the directory. */
  List<String> leftovers() throws IOException {
    KubernetesClient all = played.administrator();
    List<String> left = new ArrayList<>();
    Stream.of(
            all.apps().deployments().inNamespace(PlayedCluster.NAMESPACE).list().getItems(),
            all.services().inNamespace(PlayedCluster.NAMESPACE).list().getItems(),
            all.pods().inNamespace(PlayedCluster.NAMESPACE).list().getItems())
        .flatMap(List::stream)
        .map(HasMetadata.class::cast)
        .forEach(
            object -> left.add(object.getKind() + " " + object.getMetadata().getName()));
    try (Stream<Path> files = Files.walk(work)) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> left.add(file.getFileName().toString()));
    }
    return left;
  }

  @Override
  public void close() {
    played.close();
  }
}
