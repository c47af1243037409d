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

  /** What is measured of the next enclave. */
  volatile byte image = 1;

  public volatile Optional<String> failure = Optional.empty();
  public volatile Consumer<EnclaveListener> onLaunch = listener -> {};
  public volatile Runnable onTerminate = () -> {};
  public volatile Waiting beforeEvidence = () -> {};
  /** Whether the enclaves of another backend can be found here. */
  public volatile boolean findsAgain;

  private final Map<String, EnclaveListener> listeners = new ConcurrentHashMap<>();

  /** Something a test does in between. */
  @FunctionalInterface
  public interface Waiting {
    void run() throws InterruptedException;
  }

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());

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

  @Override
  public boolean outlivesServer() {
    return findsAgain;
  }

  @Override
  public Optional<RunningEnclave> reattach(LaunchRequest request, EnclaveListener listener)
      throws IOException {
    listeners.put(request.enclaveId(), listener);
    if (!findsAgain) {
      return Optional.empty();
    }
    order("reattach");
    return Optional.of(enclave());
  }

  /** Who hears of an enclave. */
  public EnclaveListener listener(String id) {
    return Optional.ofNullable(listeners.get(id)).orElseThrow();
  }

  private RunningEnclave enclave() {
    byte[] measured = new byte[48];
    measured[0] = image;
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    for (int index = 0; index <= 2; index++) {
      pcrs.put(index, PcrValue.of(measured));
    }
    pcrs.put(8, PcrValue.of(new byte[48])); // nobody has signed it
    SimulatedNsm nsm = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(measured, measured, measured)
        .build();
    return new RunningEnclave() {
      @Override
      public SortedMap<Integer, PcrValue> pcrs() {
        return pcrs;
      }

      @Override
      public byte[] evidence(byte[] nonce) throws IOException {
        try {
          beforeEvidence.run();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        return nsm.attest(
            Optional.of(lies ? new byte[] {0} : nonce), Optional.empty(), Optional.empty());
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
        onTerminate.run();
      }
    };
  }
}
