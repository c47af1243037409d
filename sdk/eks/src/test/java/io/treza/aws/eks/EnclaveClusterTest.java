package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.aws.eks.played.PlayedCluster;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EnclaveClusterTest {
  @Test
  void makesPodsWithEnclavesAndRemovesThem() throws Exception {
    try (PlayedCluster played = PlayedCluster.start();
        EnclaveCluster cluster =
            new EnclaveCluster(played.client(), PlayedCluster.NAMESPACE, Reach.POD_IP)) {
      cluster.apply(EnclaveDeployment.builder("web", PlayedCluster.podImage("v1"), 2, 512)
          .replicas(2)
          .exposePort(8443)
          .build());
      PlayedCluster.await("two pods", () -> {
        try {
          return cluster.pods("web").stream().filter(p -> p.run().isPresent()).count() == 2;
        } catch (java.io.IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      assertEquals(
          4000,
          cluster.evidence(cluster.pods("web").get(0), new byte[20], Duration.ofSeconds(5)).length,
          2000);
      cluster.remove("web", Duration.ofSeconds(20));
      assertEquals(0, cluster.list().size());
    }
  }
}
