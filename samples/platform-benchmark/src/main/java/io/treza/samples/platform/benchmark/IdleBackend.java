package io.treza.samples.platform.benchmark;

import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import java.io.IOException;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.TreeMap;

/** Launches enclaves that do nothing, so that the server alone is measured. */
final class IdleBackend implements EnclaveBackend {
  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public TrustAnchor trustAnchor() {
    return TrustAnchor.development("idle", root.certificate().der());
  }

  @Override
  public RunningEnclave launch(LaunchRequest request, EnclaveListener listener) {
    return new RunningEnclave() {
      @Override
      public SortedMap<Integer, PcrValue> pcrs() {
        return new TreeMap<>();
      }

      @Override
      public byte[] evidence(byte[] nonce) throws IOException {
        throw new IOException("an idle enclave has no evidence");
      }

      @Override
      public void pause() {}

      @Override
      public void resume() {}

      @Override
      public void terminate() {}
    };
  }
}
