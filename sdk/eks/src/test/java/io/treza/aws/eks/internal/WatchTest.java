package io.treza.aws.eks.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gate;
import io.treza.aws.eks.GatekeeperListener;
import io.treza.aws.eks.PodVerdict;
import io.treza.aws.eks.played.PlayedApiServer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What is written of a pod that changes while it is judged. */
class WatchTest {
  @AutoClose
  private final PlayedApiServer server = new PlayedApiServer();

  @AutoClose
  private final KubernetesClient client = server.client();

  private final CompletableFuture<String> first = new CompletableFuture<>();

  @AutoClose
  private final Watch watch = new Watch(
      this::judge,
      new GateConditions(client, "enclaves", InstantSource.system()),
      new GatekeeperListener() {
        @Override
        public void judged(EnclavePod pod, PodVerdict verdict) {
          first.complete(verdict.reason());
        }
      },
      1,
      Duration.ofMinutes(5));

  private PodVerdict judge(EnclavePod pod) {
    if (pod.run().equals(Optional.of("the first"))) {
      watch.seen(pod("the second"));
      return new PodVerdict.Verified("i-1-enc1", Optional.empty(), Instant.EPOCH);
    }
    return new PodVerdict.NotExpected(pod.deployment());
  }

  private static EnclavePod pod(String run) {
    return new EnclavePod(
        "web",
        "web-1",
        "uid",
        Optional.of(run),
        Optional.of("127.0.0.1"),
        Optional.of("node"),
        Optional.empty(),
        "Running",
        Gate.UNKNOWN,
        false,
        false);
  }

  @Test
  void takesNoEvidenceOfAnEnclaveForThatOfTheNextOne() throws Exception {
    watch.seen(pod("the first"));
    assertEquals("NotExpected", first.get(30, TimeUnit.SECONDS));
  }
}
