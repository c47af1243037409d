package io.treza.aws.eks.internal.backend;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.aws.eks.EnclaveCluster;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gatekeeper;
import io.treza.aws.eks.GatekeeperListener;
import io.treza.aws.eks.PodVerdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The one gatekeeper of a backend, for all its enclaves, those of an earlier process included: it
 * starts with the first that is launched or found again.
 */
final class Gates implements GatekeeperListener, AutoCloseable {
  private final EnclaveCluster cluster;
  private final AttestationVerifier verifier;
  private final Memory memory;
  private final String owner;
  private final Optional<String> region;
  private final Duration interval;
  private final Map<String, GatekeeperListener> heard = new ConcurrentHashMap<>();
  private @Nullable Gatekeeper keeper;

  Gates(EnclaveCluster cluster, AttestationVerifier verifier, Memory memory, Settings settings) {
    this.cluster = cluster;
    this.verifier = verifier;
    this.memory = memory;
    this.owner = settings.owner();
    this.region = settings.region();
    this.interval = settings.interval();
  }

  synchronized Gatekeeper keeper() throws IOException, InterruptedException {
    if (keeper == null) {
      keeper = Gatekeeper.builder(cluster, verifier, this::expect)
          .owner(owner)
          .interval(interval)
          .listener(this)
          .start();
    }
    return keeper;
  }

  /** Has somebody told of an enclave's pods from now. */
  void listen(String enclaveId, GatekeeperListener listener) {
    heard.put(enclaveId, listener);
  }

  void forget(String enclaveId) {
    heard.remove(enclaveId);
  }

  private Optional<Expectation.Builder> expect(String deployment, byte[] nonce) {
    try {
      return memory.find(deployment).map(entry -> expectation(entry, nonce));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Expectation.Builder expectation(Memory.Entry entry, byte[] nonce) {
    if (entry.debugMode()) {
      // Registers are zeros, whatever was built.
      return Expectation.acceptAnyMeasurement().nonce(nonce).acceptDebugMode();
    }
    Measurements.Builder built = Measurements.builder();
    entry.image().pcrs().forEach(built::pcr);
    Expectation.Builder expected = Expectation.measurements(built.build()).nonce(nonce);
    region.ifPresent(expected::region);
    return expected;
  }

  @Override
  public void judged(EnclavePod pod, PodVerdict verdict) {
    Optional.ofNullable(heard.get(pod.deployment())).ifPresent(l -> l.judged(pod, verdict));
  }

  @Override
  public void problem(String message) {
    heard.values().forEach(listener -> listener.problem(message));
  }

  @Override
  public synchronized void close() {
    if (keeper != null) {
      keeper.close();
      keeper = null;
    }
  }
}
