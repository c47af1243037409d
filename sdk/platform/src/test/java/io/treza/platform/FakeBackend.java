package io.treza.platform;

import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** A backend that launches when the test lets it, and notes every order it gets. */
public final class FakeBackend implements EnclaveBackend {
  public final List<String> orders = new CopyOnWriteArrayList<>();
  public final Semaphore launches = new Semaphore(0);
  /** Whether evidence carries another nonce than was asked for. */
  volatile boolean lies;

  volatile Waiting beforeEvidence = () -> {};

  public volatile Optional<String> failure = Optional.empty();
  public volatile Consumer<EnclaveListener> onLaunch = listener -> {};

  private final Map<String, EnclaveListener> listeners = new ConcurrentHashMap<>();

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());

  /** What a test does while somebody waits. */
  interface Waiting {
    void run() throws InterruptedException;
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public TrustAnchor trustAnchor() {
    return TrustAnchor.development("fake", root.certificate().der());
  }

  private void order(String order) throws IOException {
    orders.add(order);
    if (failure.isPresent()) {
      throw new IOException(failure.get());
    }
  }

  @Override
  public RunningEnclave launch(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    listeners.put(request.enclaveId(), listener);
    launches.acquire();
    order("launch");
    onLaunch.accept(listener);
    return enclave();
  }

  /** Who hears of an enclave. */
  public EnclaveListener listener(String id) {
    return Optional.ofNullable(listeners.get(id)).orElseThrow();
  }

  private RunningEnclave enclave() {
    byte[] measured = new byte[48];
    measured[0] = 1;
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    for (int index = 0; index <= 2; index++) {
      pcrs.put(index, PcrValue.of(measured));
    }
    SimulatedNsm nsm = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(measured, measured, measured)
        .build();
    return new RunningEnclave() {
      @Override
      public SortedMap<Integer, PcrValue> pcrs() {
        return pcrs;
      }

      @Override
      public byte[] evidence(byte[] nonce) {
        try {
          beforeEvidence.run();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return nsm.attest(Optional.of(lies ? new byte[] {0} : nonce), Optional.empty(), Optional.empty());
      }

      @Override
      public void pause() throws IOException {
        order("pause");
      }

      @Override
      public void resume() throws IOException {
        order("resume");
      }

      @Override
      public void terminate() throws IOException {
        order("terminate");
      }
    };
  }
}
