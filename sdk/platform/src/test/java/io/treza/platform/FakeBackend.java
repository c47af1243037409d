package io.treza.platform;

import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A backend that launches when the test lets it, and notes every order it gets. */
public final class FakeBackend implements EnclaveBackend {
  public final List<String> orders = new CopyOnWriteArrayList<>();
  /** What was launched or found again. */
  final List<LaunchRequest> requests = new CopyOnWriteArrayList<>();

  public final Semaphore launches = new Semaphore(0);
  /** Whether evidence carries another nonce than was asked for. */
  volatile boolean lies;

  /** What is measured of the next enclave. */
  volatile byte image = 1;

  public volatile Optional<String> failure = Optional.empty();
  public volatile Consumer<EnclaveListener> onLaunch = listener -> {};
  public volatile Runnable onTerminate = () -> {};
  public volatile Waiting beforeEvidence = () -> {};
  public volatile Waiting onReattach = () -> {};
  /** What stands in for workloads. */
  volatile Optional<StandIn> standIn = Optional.empty();

  /** Whether the enclaves of another backend can be found here. */
  public volatile boolean findsAgain;

  /** Whether what is found is another than was launched. */
  public volatile boolean impostor;

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
    requests.add(request);
    onLaunch.accept(listener);
    return enclave(request);
  }

  @Override
  public boolean outlivesServer() {
    return findsAgain;
  }

  @Override
  public Optional<RunningEnclave> reattach(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    onReattach.run();
    listeners.put(request.enclaveId(), listener);
    if (!findsAgain) {
      return Optional.empty();
    }
    order("reattach");
    if (impostor) {
      throw new EnclaveRefusedException("another");
    }
    requests.add(request);
    return Optional.of(enclave(request));
  }

  @Override
  public void remove(LaunchRequest request) {
    orders.add("remove");
  }

  /** Who hears of an enclave. */
  public EnclaveListener listener(String id) {
    return Optional.ofNullable(listeners.get(id)).orElseThrow();
  }

  private RunningEnclave enclave(LaunchRequest request) {
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
    AtomicInteger starts = new AtomicInteger();
    return new RunningEnclave() {
      @Override
      public SortedMap<Integer, PcrValue> pcrs() {
        return pcrs;
      }

      @Override
      public Optional<String> moduleId() {
        return Optional.of(nsm.moduleId());
      }

      /** Whatever the port, with 20000 added, and one more each time it was started. */
      @Override
      public Map<Integer, InetSocketAddress> endpoints() {
        return request.exposedPorts().stream()
            .collect(Collectors.toMap(
                port -> port,
                port -> new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), 20000 + port + starts.get())));
      }

      @Override
      public Optional<StandIn> standIn() {
        return standIn;
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
        starts.incrementAndGet();
      }

      @Override
      public void detach() throws IOException {
        order("detach");
      }

      @Override
      public void terminate() throws IOException {
        order("terminate");
        onTerminate.run();
      }
    };
  }
}
