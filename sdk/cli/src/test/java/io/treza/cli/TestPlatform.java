package io.treza.cli;

import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.platform.StandIn;
import io.treza.platform.TrezaPlatform;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * A platform in the test's process whose enclaves launch at once, all measure the same, and fail if
 * their image is called {@code broken}.
 */
final class TestPlatform implements AutoCloseable {
  static final String WALLET = "0x00000000000000000000000000000000000000cc";
  private static final byte MEASURED = 7;

  private final TrezaPlatform platform;
  private final Path directory;
  private final String key;

  /** Launches of an image called {@code slow} wait for a permit. */
  final Semaphore slow = new Semaphore(0);

  /** Where its enclaves are reached. */
  volatile Map<Integer, InetSocketAddress> endpoints = Map.of();

  /** What their workloads have registered. */
  volatile Optional<byte[]> userData = Optional.empty();

  /** What stands in for their workloads. */
  volatile Optional<StandIn> standIn = Optional.empty();

  final DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());

  TestPlatform(Path directory) throws IOException {
    this.directory = directory;
    this.platform = TrezaPlatform.builder(new Backend()).start();
    this.key = platform.newKey("test", WALLET);
    Files.writeString(file("key"), key);
    Files.writeString(file("root.pem"), root.certificate().pem());
    Files.writeString(file("pins.json"), pins(MEASURED));
    Files.writeString(file("others.json"), pins((byte) (MEASURED + 1)));
  }

  private static String pins(byte value) {
    String hex = HexFormat.of().formatHex(measured(value));
    return "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}".formatted(hex, hex, hex);
  }

  private static byte[] measured(byte value) {
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, value);
    return pcr;
  }

  /** {@code root.pem}, {@code pins.json} that its enclaves match, or {@code others.json}. */
  Path file(String name) {
    return directory.resolve(name);
  }

  String url() {
    return platform.baseUrl().toString();
  }

  /** Runs a command about enclaves on this platform. */
  CommandLineRun enclave(String... words) {
    List<String> args = new ArrayList<>(List.of("enclave"));
    args.addAll(List.of(words));
    args.addAll(List.of("--platform=" + url(), "--api-key-file=" + file("key")));
    args.add("--wallet=" + WALLET);
    return CommandLineRun.of(args);
  }

  /** What stands for the options in the environment. */
  Map<String, String> environment() {
    return Map.of(
        "TREZA_PLATFORM_URL", url(), "TREZA_WALLET_ADDRESS", WALLET, "TREZA_API_KEY", key);
  }

  /** The id of a new enclave of an image. */
  String create(String image) {
    CommandLineRun run = enclave("create", image, "--name", "service", "--region", "eu-west-1");
    if (run.status() != 0) {
      throw new AssertionError(run);
    }
    return run.out().strip();
  }

  @Override
  public void close() {
    platform.close();
  }

  private final class Backend implements EnclaveBackend {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public TrustAnchor trustAnchor() {
      return TrustAnchor.development("test", root.certificate().der());
    }

    @Override
    public RunningEnclave launch(LaunchRequest request, EnclaveListener listener)
        throws IOException, InterruptedException {
      if (request.image().startsWith("broken")) {
        listener.log(EnclaveListener.Source.BUILD, "layer 3 is missing");
        throw new IOException("the image cannot be built");
      }
      if (request.image().startsWith("slow")) {
        slow.acquire();
      }
      listener.log(EnclaveListener.Source.BOOT, "kernel up");
      listener.log(EnclaveListener.Source.APPLICATION, "ready \u001b[31m");
      return new Running();
    }
  }

  /** A document of a workload, and not through the platform. */
  byte[] evidence(byte[] nonce) {
    byte[] pcr = measured(MEASURED);
    return SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(pcr, pcr, pcr)
        .build()
        .attest(Optional.of(nonce), userData, Optional.empty());
  }

  private final class Running implements RunningEnclave {
    @Override
    public Map<Integer, InetSocketAddress> endpoints() {
      return endpoints;
    }

    @Override
    public Optional<StandIn> standIn() {
      return standIn;
    }

    @Override
    public SortedMap<Integer, PcrValue> pcrs() {
      SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
      List.of(0, 1, 2).forEach(index -> pcrs.put(index, PcrValue.of(measured(MEASURED))));
      return pcrs;
    }

    @Override
    public byte[] evidence(byte[] nonce) {
      return TestPlatform.this.evidence(nonce);
    }

    @Override
    public void pause() {}

    @Override
    public void resume() {}

    @Override
    public void terminate() {}
  }
}
