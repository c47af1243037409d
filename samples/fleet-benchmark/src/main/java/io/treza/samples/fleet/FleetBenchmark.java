package io.treza.samples.fleet;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.sun.management.OperatingSystemMXBean;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.fleet.FleetMember;
import io.treza.sdk.fleet.FleetReport;
import io.treza.sdk.fleet.FleetVerifier;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Attests a fleet of simulated members, four on each parent instance, with a verifier that has seen
 * none of their certificates. Members sign in this process when they are asked, so the time has
 * their work in it, too. Started by {@code samples/fleet-benchmark/run}.
 */
public final class FleetBenchmark {
  private static final int ENCLAVES_PER_INSTANCE = 4;
  private static final String PCR = "07".repeat(48);

  private FleetBenchmark() {}

  /** Arguments: how many members, how many rounds. */
  public static void main(String[] args) throws Exception {
    int size = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
    List<FleetMember> members = members(root, size);
    for (int round = 1; round <= rounds; round++) {
      AttestationVerifier verifier = AttestationVerifier.builder()
          .trustAnchors(TrustAnchor.development("benchmark", root.certificate().der()))
          .build();
      FleetVerifier fleet = FleetVerifier.builder(
              verifier, Expectation.measurements(Measurements.of(PCR, PCR, PCR)))
          .build();
      resetPeaks();
      long processor = processorNanos();
      long began = System.nanoTime();
      FleetReport report = fleet.verify(members);
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      if (!report.allVerified()) {
        throw new IllegalStateException("not verified: " + report.notVerified().get(0));
      }
      System.out.printf(
          Locale.ROOT,
          "round %d: %d members in %.2f s, with %.2f s of processors, at most %d MiB of heap (%s,"
              + " %d processors)%n",
          round,
          size,
          took.toMillis() / 1000.0,
          (processorNanos() - processor) / 1e9,
          peakBytes() >> 20,
          verifier.cryptoProvider(),
          Runtime.getRuntime().availableProcessors());
    }
  }

  private static List<FleetMember> members(DevelopmentRoot root, int size) {
    CertificateChain chain =
        CertificateChain.builder(root).clock(InstantSource.system()).build();
    List<FleetMember> members = new ArrayList<>();
    while (members.size() < size) {
      members.add(new FleetMember.ByEvidence("member-" + members.size(), member(chain)));
      chain = members.size() % ENCLAVES_PER_INSTANCE == 0
          ? chain.withNewInstance()
          : chain.withNewEnclave();
    }
    return members;
  }

  /** Signs with the fast provider, so that the members do not take most of the time. */
  private static EvidenceSource member(CertificateChain chain) {
    PrivateKey key = chain.leaf().keys().getPrivate();
    byte[] pcr = HexFormat.of().parseHex(PCR);
    return (name, nonce) -> DocumentBuilder.of(chain)
        .pcr(0, pcr)
        .pcr(1, pcr)
        .pcr(2, pcr)
        .nonce(nonce)
        .signer(structure -> sign(key, structure))
        .build();
  }

  private static byte[] sign(PrivateKey key, byte[] structure) {
    Provider provider = AmazonCorrettoCryptoProvider.INSTANCE;
    try {
      Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format", provider);
      signature.initSign(key);
      signature.update(structure);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " cannot sign", e);
    }
  }

  /** What this process has used, whoever else is busy here. */
  private static long processorNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static List<MemoryPoolMXBean> heap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  private static void resetPeaks() {
    heap().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  private static long peakBytes() {
    return heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
  }
}
