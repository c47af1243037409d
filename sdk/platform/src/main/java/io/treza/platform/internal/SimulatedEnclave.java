package io.treza.platform.internal;

import io.treza.attestation.PcrValue;
import io.treza.eif.EifMeasurements;
import io.treza.platform.RunningEnclave;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** An EIF on disk, and a simulated NSM that speaks for it while it is not paused. */
public final class SimulatedEnclave implements RunningEnclave {
  private final EnclaveDirectory directory;
  private final EifMeasurements measurements;
  private final boolean debugMode;
  private final CertificateChain chain;
  private final SortedMap<Integer, PcrValue> pcrs;
  private volatile Optional<SimulatedNsm> nsm;

  private SimulatedEnclave(
      EnclaveDirectory directory, EnclaveDirectory.State state, CertificateChain chain) {
    this.directory = directory;
    this.measurements = state.measurements();
    this.debugMode = state.debugMode();
    this.chain = chain;
    SimulatedNsm first = started(chain);
    SortedMap<Integer, PcrValue> shown = new TreeMap<>();
    for (int index = 0; index <= 2; index++) {
      shown.put(index, PcrValue.of(first.describePcr(index).value()));
    }
    this.pcrs = Collections.unmodifiableSortedMap(shown);
    this.nsm = state.paused() ? Optional.empty() : Optional.of(first);
  }

  /** Starts the enclave whose image lies in {@code directory}. */
  public static SimulatedEnclave start(
      EnclaveDirectory directory,
      EifMeasurements measurements,
      boolean debugMode,
      CertificateChain chain)
      throws IOException {
    EnclaveDirectory.State state = new EnclaveDirectory.State(measurements, debugMode, false);
    directory.write(state);
    return new SimulatedEnclave(directory, state, chain);
  }

  /** Finds again what another process started; empty, with nothing left, if it is none. */
  public static Optional<SimulatedEnclave> find(EnclaveDirectory directory, CertificateChain chain)
      throws IOException {
    Optional<EnclaveDirectory.State> state = directory.read();
    if (state.isEmpty()) {
      directory.delete();
    }
    return state.map(found -> new SimulatedEnclave(directory, found, chain));
  }

  private SimulatedNsm started(CertificateChain enclave) {
    return SimulatedNsm.builder(enclave)
        .measurements(measurements.pcr(0), measurements.pcr(1), measurements.pcr(2))
        .debugMode(debugMode)
        .indefiniteMap(true)
        .build();
  }

  @Override
  public SortedMap<Integer, PcrValue> pcrs() {
    return pcrs;
  }

  @Override
  public byte[] evidence(byte[] nonce) throws IOException {
    SimulatedNsm running =
        nsm.orElseThrow(() -> new IOException("the simulated enclave is not running"));
    return running.attest(Optional.of(nonce), Optional.empty(), Optional.empty());
  }

  @Override
  public void pause() throws IOException {
    directory.write(new EnclaveDirectory.State(measurements, debugMode, true));
    nsm = Optional.empty();
  }

  /** As on hardware, what starts again is another enclave of the same image and instance. */
  @Override
  public void resume() throws IOException {
    if (nsm.isEmpty()) {
      directory.write(new EnclaveDirectory.State(measurements, debugMode, false));
      nsm = Optional.of(started(chain.withNewEnclave()));
    }
  }

  @Override
  public void terminate() throws IOException {
    nsm = Optional.empty();
    directory.delete();
  }
}
