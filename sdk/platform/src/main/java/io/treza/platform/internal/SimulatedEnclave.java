package io.treza.platform.internal;

import io.treza.attestation.PcrValue;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.platform.StandIn;
import io.treza.platform.channel.Egress;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * An EIF on disk, and while it is not paused a simulated NSM that speaks for it and channels to what
 * stands in for its workload.
 */
public final class SimulatedEnclave implements RunningEnclave {
  private final EnclaveDirectory directory;
  private final Setting setting;
  private final SortedMap<Integer, PcrValue> pcrs;
  private EnclaveDirectory.State state;
  private volatile Optional<SimulatedWorkload> workload;

  /**
   * Who it is, and how it is connected.
   *
   * @param chain signs its documents
   * @param egress settings of the way out
   */
  public record Setting(
      LaunchRequest request, CertificateChain chain, UnaryOperator<Egress.Builder> egress) {}

  private SimulatedEnclave(
      EnclaveDirectory directory, EnclaveDirectory.State state, Setting setting)
      throws IOException {
    this.directory = directory;
    this.state = state;
    this.setting = setting;
    SimulatedNsm first = nsm(setting.chain());
    SortedMap<Integer, PcrValue> shown = new TreeMap<>();
    for (int index = 0; index <= 2; index++) {
      shown.put(index, PcrValue.of(first.describePcr(index).value()));
    }
    this.pcrs = Collections.unmodifiableSortedMap(shown);
    this.workload = state.paused() ? Optional.empty() : Optional.of(started(first));
  }

  /** Starts the enclave whose image lies in {@code directory}. */
  public static SimulatedEnclave start(
      EnclaveDirectory directory, EnclaveDirectory.State state, Setting setting)
      throws IOException {
    SimulatedEnclave enclave = new SimulatedEnclave(directory, state, setting);
    try {
      directory.write(state);
      return enclave;
    } catch (IOException e) {
      enclave.stop();
      throw e;
    }
  }

  /** Finds again what another process started; empty if there is none that it could start. */
  public static Optional<SimulatedEnclave> find(EnclaveDirectory directory, Setting setting)
      throws IOException {
    Optional<EnclaveDirectory.State> state = directory.read();
    return state.isEmpty()
        ? Optional.empty()
        : Optional.of(new SimulatedEnclave(directory, state.get(), setting));
  }

  private SimulatedNsm nsm(CertificateChain enclave) {
    return SimulatedNsm.builder(enclave)
        .measurements(
            state.measurements().pcr(0),
            state.measurements().pcr(1),
            state.measurements().pcr(2))
        .debugMode(state.debugMode())
        .indefiniteMap(true)
        .build();
  }

  private SimulatedWorkload started(SimulatedNsm nsm) throws IOException {
    return new SimulatedWorkload(nsm, setting.request(), state.egress(), setting.egress());
  }

  private SimulatedWorkload running() throws IOException {
    return workload.orElseThrow(() -> new IOException("the simulated enclave is not running"));
  }

  @Override
  public SortedMap<Integer, PcrValue> pcrs() {
    return pcrs;
  }

  @Override
  public Optional<String> moduleId() {
    return workload.map(SimulatedWorkload::moduleId);
  }

  @Override
  public Map<Integer, InetSocketAddress> endpoints() {
    return workload.map(SimulatedWorkload::endpoints).orElseGet(Map::of);
  }

  @Override
  public Optional<StandIn> standIn() {
    return workload.map(SimulatedWorkload::standIn);
  }

  @Override
  public byte[] evidence(byte[] nonce) throws IOException {
    return running().evidence(nonce);
  }

  @Override
  public void pause() throws IOException {
    change(true);
    stop();
  }

  /** As on hardware, what starts again is another enclave of the same image and instance. */
  @Override
  public void resume() throws IOException {
    if (workload.isEmpty()) {
      workload = Optional.of(started(nsm(setting.chain().withNewEnclave())));
      change(false);
    }
  }

  private void change(boolean paused) throws IOException {
    state = state.paused(paused);
    directory.write(state);
  }

  private void stop() throws IOException {
    Optional<SimulatedWorkload> stopped = workload;
    workload = Optional.empty();
    if (stopped.isPresent()) {
      stopped.get().close();
    }
  }

  @Override
  public void detach() throws IOException {
    stop();
  }

  @Override
  public void terminate() throws IOException {
    try {
      stop();
    } finally {
      directory.delete();
    }
  }
}
