package io.treza.platform.internal;

import io.treza.attestation.PcrValue;
import io.treza.eif.EifMeasurements;
import io.treza.platform.RunningEnclave;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** An EIF on disk, and a simulated NSM that speaks for it while it is not paused. */
public final class SimulatedEnclave implements RunningEnclave {
  private final Path eif;
  private final EifMeasurements measurements;
  private final boolean debugMode;
  private final SortedMap<Integer, PcrValue> pcrs;
  private volatile Optional<SimulatedNsm> nsm;
  private final CertificateChain chain;

  /** Starts at once. */
  public SimulatedEnclave(
      Path eif, EifMeasurements measurements, boolean debugMode, CertificateChain chain) {
    this.eif = eif;
    this.measurements = measurements;
    this.debugMode = debugMode;
    this.chain = chain;
    SimulatedNsm first = started(chain);
    SortedMap<Integer, PcrValue> shown = new TreeMap<>();
    for (int index = 0; index <= 2; index++) {
      shown.put(index, PcrValue.of(first.describePcr(index).value()));
    }
    this.pcrs = Collections.unmodifiableSortedMap(shown);
    this.nsm = Optional.of(first);
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
  public void pause() {
    nsm = Optional.empty();
  }

  /** As on hardware, what starts again is another enclave of the same image and instance. */
  @Override
  public void resume() {
    nsm = Optional.of(started(chain.withNewEnclave()));
  }

  @Override
  public void terminate() throws IOException {
    nsm = Optional.empty();
    Files.deleteIfExists(eif);
  }
}
