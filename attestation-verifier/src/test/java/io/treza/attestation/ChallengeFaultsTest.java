package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.Pcrs;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Challenges as the verifier uses them: looked at first, consumed last, at most once. */
class ChallengeFaultsTest {
  private static final String PURPOSE = "release a secret";
  private static final InstantSource CLOCK = InstantSource.fixed(Trial.NOW);
  private static final Map<ChallengeStatus, Reason> REASONS = Map.of(
      ChallengeStatus.UNKNOWN, Reason.CHALLENGE_UNKNOWN,
      ChallengeStatus.OTHER_PURPOSE, Reason.CHALLENGE_PURPOSE,
      ChallengeStatus.EXPIRED, Reason.CHALLENGE_EXPIRED,
      ChallengeStatus.CONSUMED, Reason.CHALLENGE_CONSUMED);

  /** A store that answers as told and remembers what it was asked. */
  private static final class Scripted implements ChallengeStore {
    private final Supplier<ChallengeStatus> look;
    private final Supplier<ChallengeStatus> consume;
    private final List<byte[]> consumed = new ArrayList<>();

    Scripted(Supplier<ChallengeStatus> look, Supplier<ChallengeStatus> consume) {
      this.look = look;
      this.consume = consume;
    }

    @Override
    public Challenge issue(String purpose, Duration lifetime) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ChallengeStatus look(byte[] nonce, String purpose) {
      assertEquals(PURPOSE, purpose);
      return look.get();
    }

    @Override
    public ChallengeStatus consume(byte[] nonce, String purpose) {
      assertEquals(PURPOSE, purpose);
      consumed.add(nonce);
      return consume.get();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    Stream<Fault> statuses = REASONS.entrySet().stream()
        .flatMap(e -> Stream.of(
            fault(
                "look: " + e.getKey(),
                Step.NONCE_LOOK,
                e.getValue(),
                new Scripted(e::getKey, () -> ChallengeStatus.OUTSTANDING)),
            fault(
                "consume: " + e.getKey(),
                Step.CHALLENGE,
                e.getValue(),
                new Scripted(() -> ChallengeStatus.OUTSTANDING, e::getKey))));
    Stream<Fault> failures = Stream.of(
        fault(
            "look throws",
            Step.NONCE_LOOK,
            Reason.CHALLENGE_STORE_FAILED,
            new Scripted(ChallengeFaultsTest::fail, () -> ChallengeStatus.OUTSTANDING)),
        fault(
            "consume throws",
            Step.CHALLENGE,
            Reason.CHALLENGE_STORE_FAILED,
            new Scripted(() -> ChallengeStatus.OUTSTANDING, ChallengeFaultsTest::fail)),
        fault(
            "consume answers null",
            Step.CHALLENGE,
            Reason.CHALLENGE_STORE_FAILED,
            new Scripted(() -> ChallengeStatus.OUTSTANDING, () -> null)));
    Stream<Fault> nonces = stores().flatMap(ChallengeFaultsTest::nonces);
    return Stream.of(statuses, failures, nonces).flatMap(s -> s);
  }

  private static Stream<Fault> nonces(ChallengeStore store) {
    String name = store.getClass().getSimpleName();
    return Stream.of(
        fault(name + ": no nonce", Step.NONCE_LOOK, Reason.CHALLENGE_UNKNOWN, store),
        new Fault(
            name + ": an empty nonce",
            Step.NONCE_LOOK,
            Reason.CHALLENGE_UNKNOWN,
            t -> t.document(d -> d.nonce(new byte[0])).expecting(expecting(store))),
        new Fault(
            name + ": a nonce of 32 zeros",
            Step.NONCE_LOOK,
            Reason.CHALLENGE_UNKNOWN,
            t -> t.document(d -> d.nonce(new byte[32])).expecting(expecting(store))),
        new Fault(name + ": a nonce cut", Step.NONCE_LOOK, Reason.CHALLENGE_UNKNOWN, t -> {
          byte[] nonce = store.issue(PURPOSE, Duration.ofMinutes(1)).nonce();
          t.document(d -> d.nonce(Arrays.copyOf(nonce, 31))).expecting(expecting(store));
        }),
        new Fault(name + ": a nonce padded", Step.NONCE_LOOK, Reason.CHALLENGE_UNKNOWN, t -> {
          byte[] nonce = store.issue(PURPOSE, Duration.ofMinutes(1)).nonce();
          t.document(d -> d.nonce(Arrays.copyOf(nonce, 33))).expecting(expecting(store));
        }));
  }

  /** Both stores, empty. */
  static Stream<ChallengeStore> stores() {
    return Stream.of(
        new InMemoryChallengeStore(CLOCK, 100),
        new StatelessChallengeStore(CLOCK, new byte[32], new InMemoryConsumedNonces(CLOCK, 100)));
  }

  @ParameterizedTest
  @MethodSource("stores")
  void badDocumentLeavesChallengeOutstandingForGoodOne(ChallengeStore store) {
    byte[] nonce = store.issue(PURPOSE, Duration.ofMinutes(1)).nonce();
    Trial bad =
        new Trial().document(d -> d.nonce(nonce).pcr(0, Pcrs.zero())).expecting(expecting(store));
    assertEquals(Reason.DEBUG_MODE, ((Rejection) bad.judge()).reason());
    Trial good = new Trial().document(d -> d.nonce(nonce)).expecting(expecting(store));
    assertInstanceOf(VerifiedAttestation.class, good.judge());
    assertEquals(Reason.CHALLENGE_CONSUMED, ((Rejection) good.judge()).reason());
  }

  @Test
  void consumesTheDocumentsNonceOnlyAfterEverythingElse() {
    Scripted store =
        new Scripted(() -> ChallengeStatus.OUTSTANDING, () -> ChallengeStatus.OUTSTANDING);
    byte[] nonce = {1, 2, 3};
    Trial trial = new Trial().document(d -> d.nonce(nonce));
    trial.expecting(Expectation.acceptAnyMeasurement()
        .challenge(store, PURPOSE)
        .region("eu-west-1")
        .build());
    assertEquals(Reason.REGION_MISMATCH, ((Rejection) trial.judge()).reason());
    assertTrue(store.consumed.isEmpty());
    assertInstanceOf(
        VerifiedAttestation.class, trial.expecting(expecting(store)).judge());
    assertEquals(1, store.consumed.size());
    assertArrayEquals(nonce, store.consumed.get(0));
  }

  @ParameterizedTest
  @MethodSource("stores")
  void ofManyVerificationsAtOnceExactlyOneSucceeds(ChallengeStore store) throws Exception {
    byte[] nonce = store.issue(PURPOSE, Duration.ofMinutes(1)).nonce();
    byte[] document = new Trial().document(d -> d.nonce(nonce)).build();
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("root", Trial.ROOT.certificate().der()))
        .cryptoProvider(Trial.PROVIDER)
        .clock(CLOCK)
        .build();
    int threads = 8;
    List<VerificationResult> results =
        atOnce(threads, () -> verifier.verify(document, expecting(store)));
    assertEquals(
        1, results.stream().filter(VerifiedAttestation.class::isInstance).count());
    assertEquals(
        threads - 1,
        results.stream()
            .filter(r ->
                r instanceof Rejection rejection && rejection.reason() == Reason.CHALLENGE_CONSUMED)
            .count());
  }

  @ParameterizedTest
  @MethodSource("stores")
  void ofManyConsumptionsAtOnceExactlyOneSucceeds(ChallengeStore store) throws Exception {
    for (int round = 0; round < 50; round++) {
      byte[] nonce = store.issue(PURPOSE, Duration.ofMinutes(1)).nonce();
      List<ChallengeStatus> answers = atOnce(4, () -> store.consume(nonce, PURPOSE));
      assertEquals(
          1, answers.stream().filter(a -> a == ChallengeStatus.OUTSTANDING).count());
      assertEquals(
          3, answers.stream().filter(a -> a == ChallengeStatus.CONSUMED).count());
    }
  }

  @Test
  void auditRefusesToTakeAChallenge() {
    Expectation expectation = expecting(stores().findFirst().orElseThrow());
    Trial trial = new Trial().archived().expecting(expectation);
    assertThrows(IllegalArgumentException.class, trial::judge);
  }

  private static <T> List<T> atOnce(int threads, Supplier<T> call) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        futures.add(executor.submit(() -> {
          start.await();
          return call.get();
        }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }

  private static Fault fault(String name, Step step, Reason reason, ChallengeStore store) {
    return new Fault(name, step, reason, t -> t.expecting(expecting(store)));
  }

  private static Expectation expecting(ChallengeStore store) {
    return Expectation.acceptAnyMeasurement().challenge(store, PURPOSE).build();
  }

  private static ChallengeStatus fail() {
    throw new IllegalStateException("the store is down");
  }
}
