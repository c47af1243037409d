package io.treza.sdk.fleet;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.sdk.attested.PeerNotAttestedException;
import io.treza.sdk.fleet.FleetMember.AtAddress;
import io.treza.sdk.fleet.FleetMember.ByEvidence;
import io.treza.sdk.fleet.MemberVerdict.Refused;
import io.treza.sdk.fleet.MemberVerdict.SharedEnclave;
import io.treza.sdk.fleet.MemberVerdict.Unreachable;
import io.treza.sdk.fleet.MemberVerdict.Verified;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Attests every member of a fleet anew, several at a time, each with a nonce of its own.
 * Thread-safe.
 *
 * <p>No more documents are held at once than members are asked at once; of each only the verdict is
 * kept.
 */
public final class FleetVerifier {
  private final AttestationVerifier verifier;
  private final Expectation.NonceStage accepted;
  private final UnaryOperator<Expectation.Builder> demands;
  private final int concurrency;
  private final SecureRandom random = new SecureRandom();

  private FleetVerifier(Builder builder) {
    this.verifier = builder.verifier;
    this.accepted = builder.accepted;
    this.demands = builder.demands;
    this.concurrency = builder.concurrency;
  }

  /**
   * Settings for one who judges with a verifier.
   *
   * @param accepted the releases that members may run; several, while one replaces the other
   */
  public static Builder builder(AttestationVerifier verifier, Expectation.NonceStage accepted) {
    return new Builder(verifier, accepted);
  }

  /**
   * Asks every member for evidence, once, and judges it. Returns when each has been judged or could
   * not be asked; how long a member may take is its source's to limit.
   *
   * @throws IllegalArgumentException if there is no member, or two have one name
   * @throws IllegalStateException if the demands contradict what is accepted
   * @throws InterruptedException if the caller is interrupted; the sources are, too
   */
  public FleetReport verify(Collection<FleetMember> members) throws InterruptedException {
    List<FleetMember> fleet = List.copyOf(members);
    requireNames(fleet);
    // Demands that contradict each other are the caller's fault, and no member's.
    demands.apply(accepted.nonce(new byte[1])).build();
    AtomicReferenceArray<MemberVerdict> verdicts = new AtomicReferenceArray<>(fleet.size());
    AtomicInteger next = new AtomicInteger();
    Callable<Integer> worker = () -> {
      int judged = 0;
      for (int i = next.getAndIncrement(); i < fleet.size(); i = next.getAndIncrement()) {
        verdicts.set(i, judge(fleet.get(i)));
        judged++;
      }
      return judged;
    };
    int workers = Math.min(concurrency, fleet.size());
    ExecutorService pool = Executors.newFixedThreadPool(workers, FleetVerifier::daemon);
    try {
      List<Future<Integer>> working =
          Stream.generate(() -> pool.submit(worker)).limit(workers).toList();
      for (Future<Integer> done : working) {
        done.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a member could not be judged: " + e.getCause(), e);
    } finally {
      // First, or whoever is interrupted at one member would go on with the next.
      next.set(fleet.size());
      pool.shutdownNow();
    }
    return new FleetReport(withoutSharedEnclaves(
        IntStream.range(0, fleet.size()).mapToObj(verdicts::get).toList()));
  }

  private static void requireNames(List<FleetMember> fleet) {
    if (fleet.isEmpty()) {
      throw new IllegalArgumentException("there is no member to verify");
    }
    Set<String> names = new HashSet<>();
    for (FleetMember member : fleet) {
      if (!names.add(member.name())) {
        throw new IllegalArgumentException("two members are named \"" + member.name() + "\"");
      }
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "treza-fleet");
    thread.setDaemon(true);
    return thread;
  }

  private MemberVerdict judge(FleetMember member) {
    try {
      return member instanceof AtAddress at
          ? judgeConnection(at)
          : judgeEvidence((ByEvidence) member);
    } catch (IOException | RuntimeException e) {
      return new Unreachable(
          member.name(), Optional.ofNullable(e.getMessage()).orElse(e.getClass().getName()));
    }
  }

  private MemberVerdict judgeEvidence(ByEvidence member) throws IOException {
    byte[] nonce = nonce(member.source().nonceBytes());
    Expectation expectation = demands.apply(accepted.nonce(nonce)).build();
    byte[] document = member.source().evidence(member.name(), nonce.clone());
    VerificationResult result = verifier.verify(document, expectation);
    return result instanceof VerifiedAttestation attestation
        ? verified(member.name(), attestation)
        : refused(member.name(), (Rejection) result);
  }

  private MemberVerdict judgeConnection(AtAddress member) throws IOException {
    EvidenceProtocol protocol = member.protocol();
    // A request is what makes the client attest its connection; this one any member can answer.
    URI evidence = protocol.address(member.address(), "", nonce(protocol.nonceBytes()));
    try (AttestedHttpClient client = AttestedHttpClient.builder(
                member.address(), verifier, accepted)
            .evidence(protocol)
            .demanding(demands)
            .build();
        Response answer =
            client.execute(new Request.Builder().url(evidence.toString()).build())) {
      return client.attestations().stream()
          .findFirst()
          .map(attestation -> verified(member.name(), attestation))
          .orElseThrow(() -> new IOException("no evidence before HTTP " + answer.code()));
    } catch (PeerNotAttestedException e) {
      if (e.rejection().isEmpty()) {
        throw e;
      }
      return refused(member.name(), e.rejection().get());
    }
  }

  private byte[] nonce(int bytes) {
    byte[] nonce = new byte[bytes];
    random.nextBytes(nonce);
    return nonce;
  }

  private static MemberVerdict verified(String member, VerifiedAttestation attestation) {
    return new Verified(
        member,
        attestation.measurements().map(Measurements::release),
        attestation
            .release()
            .filter(release -> release.status() == ReleaseStatus.DEPRECATED)
            .isPresent(),
        attestation.moduleId(),
        attestation.region(),
        attestation.anchor().simulated());
  }

  private static MemberVerdict refused(String member, Rejection rejection) {
    return new Refused(
        member,
        rejection.reason(),
        "expected " + rejection.expected() + "; found " + rejection.found());
  }

  /** Which of them the enclave really stands for cannot be told, so it vouches for none. */
  private static List<MemberVerdict> withoutSharedEnclaves(List<MemberVerdict> verdicts) {
    Map<String, Long> members = verdicts.stream()
        .filter(Verified.class::isInstance)
        .collect(Collectors.groupingBy(
            verdict -> ((Verified) verdict).moduleId(), Collectors.counting()));
    return verdicts.stream()
        .map(verdict -> verdict instanceof Verified verified
                && members.getOrDefault(verified.moduleId(), 0L) > 1
            ? new SharedEnclave(verified.member(), verified.moduleId())
            : verdict)
        .toList();
  }

  /** Collects the settings; verifier and releases have no defaults. */
  public static final class Builder {
    private static final int MAX_CONCURRENCY = 1024;

    private final AttestationVerifier verifier;
    private final Expectation.NonceStage accepted;
    private UnaryOperator<Expectation.Builder> demands = UnaryOperator.identity();
    private int concurrency = 32;

    private Builder(AttestationVerifier verifier, Expectation.NonceStage accepted) {
      this.verifier = verifier;
      this.accepted = accepted;
    }

    /** Demands more of each member's evidence; nothing more unless said. */
    public Builder demanding(UnaryOperator<Expectation.Builder> more) {
      this.demands = more;
      return this;
    }

    /**
     * How many members are asked at a time, 1 to 1024; 32 unless said.
     *
     * @throws IllegalArgumentException if it is another number
     */
    public Builder concurrency(int members) {
      if (members < 1 || members > MAX_CONCURRENCY) {
        throw new IllegalArgumentException(
            "1 to " + MAX_CONCURRENCY + " members can be asked at a time, not " + members);
      }
      this.concurrency = members;
      return this;
    }

    /** The verifier. */
    public FleetVerifier build() {
      return new FleetVerifier(this);
    }
  }
}
