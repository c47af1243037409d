package io.treza.sdk.reference;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Reason;
import io.treza.attestation.Rejection;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.VerifiedReferenceValues;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** When reference values are fetched, which stay in force, and who hears of failures. */
class RefreshingReferenceValuesTest {
  private static final byte[] NONCE = new byte[16];

  private final Publisher publisher = new Publisher();
  private final ManualExecutor executor = new ManualExecutor();
  private final List<ReferenceValuesException> failures = new ArrayList<>();
  private final List<VerifiedReferenceValues> accepted = new ArrayList<>();
  private ReferenceValuesFetcher origin = () -> publisher.publish(1, 'a');
  private int fetched;
  private Duration now = Duration.ofDays(-3);
  private double drawn = 0.5;

  private RefreshingReferenceValues start() {
    return builder().start();
  }

  private RefreshingReferenceValues.Builder builder() {
    return RefreshingReferenceValues.builder(this::fetch, publisher.verifier())
        .period(Duration.ofMinutes(5))
        .minimumInterval(Duration.ofSeconds(10))
        .listener(new RefreshListener() {
          @Override
          public void accepted(VerifiedReferenceValues values) {
            accepted.add(values);
          }

          @Override
          public void failed(ReferenceValuesException why) {
            failures.add(why);
          }
        })
        .executor(executor)
        .elapsed(() -> now)
        .random(new RandomGenerator() {
          @Override
          public long nextLong() {
            throw new AssertionError("only doubles are drawn");
          }

          @Override
          public double nextDouble() {
            return drawn;
          }
        });
  }

  private byte[] fetch() throws IOException, ReferenceValuesException {
    fetched++;
    return origin.fetch();
  }

  private static ReferenceValuesFetcher failing(String message) {
    return () -> {
      throw new IOException(message);
    };
  }

  private static void refused(Problem problem, String message, Call call) {
    ReferenceValuesException e = assertThrows(ReferenceValuesException.class, call::get);
    assertEquals(problem, e.problem());
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
  }

  private interface Call {
    ReferenceValues get() throws ReferenceValuesException;
  }

  @Test
  void valuesAreThereAfterTheStart() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    assertEquals(1, source.current().sequence());
    assertEquals(1, accepted.size());
  }

  @Test
  void newerValuesComeWithThePeriod() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    origin = () -> publisher.publish(2, 'b');
    assertEquals(Duration.ofMinutes(5), executor.next().delay);
    executor.next().run();
    assertEquals(2, source.current().sequence());
    assertEquals(Duration.ofMinutes(5), executor.next().delay);
  }

  @Test
  void thePeriodVariesByAFifth() {
    drawn = 0;
    start();
    assertEquals(Duration.ofMinutes(4), executor.next().delay);
    drawn = Math.nextDown(1.0);
    executor.next().run();
    assertTrue(executor.next().delay.compareTo(Duration.ofMinutes(6)) <= 0);
    assertTrue(executor.next().delay.compareTo(Duration.ofSeconds(359)) >= 0);
  }

  @Test
  void lastGoodValuesStayWhileTheOriginFails() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    origin = failing("the line is dead");
    executor.next().run();
    assertEquals(1, source.current().sequence());
    assertEquals(1, failures.size());
    assertEquals(Problem.UNAVAILABLE, failures.get(0).problem());
    assertTrue(String.valueOf(failures.get(0).getMessage()).contains("the line is dead"));
  }

  @Test
  void lastGoodValuesStayWhenWhatComesIsRefused() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    origin = () -> new Publisher().publish(2, 'b');
    executor.next().run();
    assertEquals(1, source.current().sequence());
    assertEquals(Problem.SIGNATURE, failures.get(0).problem());
  }

  @Test
  void olderValuesAreRefused() throws ReferenceValuesException {
    origin = () -> publisher.publish(5, 'a');
    RefreshingReferenceValues source = start();
    origin = () -> publisher.publish(4, 'b');
    executor.next().run();
    assertEquals(5, source.current().sequence());
    assertEquals(Problem.ROLLBACK, failures.get(0).problem());
  }

  @Test
  void aFetcherThatBreaksIsAFailureLikeOthers() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    origin = () -> {
      throw new IllegalStateException("bug");
    };
    executor.next().run();
    assertEquals(1, source.current().sequence());
    assertEquals(Problem.UNAVAILABLE, failures.get(0).problem());
    assertEquals(Duration.ofSeconds(10), executor.next().delay);
  }

  @Test
  void aListenerThatBreaksStopsNothing() throws ReferenceValuesException {
    RefreshingReferenceValues source = builder()
        .listener(new RefreshListener() {
          @Override
          public void accepted(VerifiedReferenceValues values) {
            throw new IllegalStateException("listener");
          }

          @Override
          public void failed(ReferenceValuesException why) {
            throw new IllegalStateException("listener");
          }
        })
        .start();
    assertEquals(1, source.current().sequence());
    origin = failing("dead");
    executor.next().run();
    assertFalse(executor.nothingScheduled());
  }

  @Test
  void afterFailuresItAsksSoonerAndLessOftenEachTime() {
    origin = failing("dead");
    start();
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      pauses.add(executor.next().delay.toSeconds());
      executor.next().run();
    }
    assertEquals(List.of(10L, 20L, 40L, 80L, 160L, 300L, 300L), pauses.subList(0, 7));
    assertEquals(300, pauses.get(39));
    origin = () -> publisher.publish(1, 'a');
    executor.next().run();
    origin = failing("dead again");
    executor.next().run();
    assertEquals(Duration.ofSeconds(10), executor.next().delay);
  }

  @Test
  void withoutAnyValuesItSaysWhy() throws ReferenceValuesException {
    origin = failing("no such host");
    RefreshingReferenceValues source = start();
    refused(Problem.UNAVAILABLE, "no such host", source::current);
    origin = () -> publisher.publish(1, 'a');
    executor.next().run();
    assertEquals(1, source.current().sequence());
  }

  @Test
  void onDemandItAsksAtOnceButNotTwiceInAnInterval() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    origin = () -> publisher.publish(2, 'b');
    now = now.plus(Duration.ofSeconds(10)).minusNanos(1);
    assertEquals(1, source.refresh().sequence());
    assertEquals(1, fetched);
    now = now.plusNanos(1);
    assertEquals(2, source.refresh().sequence());
    assertEquals(2, fetched);
    assertEquals(2, source.refresh().sequence());
    assertEquals(2, fetched);
  }

  @Test
  void failuresCountForTheIntervalToo() {
    RefreshingReferenceValues source = start();
    now = now.plus(Duration.ofSeconds(10));
    origin = failing("dead");
    refused(Problem.UNAVAILABLE, "dead", source::refresh);
    assertDoesNotThrow(source::refresh);
    assertEquals(2, fetched);
  }

  @Test
  void manyCallersCauseOneFetch() throws Exception {
    RefreshingReferenceValues source = start();
    now = now.plus(Duration.ofMinutes(1));
    origin = () -> publisher.publish(2, 'b');
    executor.holding = true;
    int callers = 8;
    CountDownLatch asked = new CountDownLatch(callers);
    List<Long> answers = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      Thread thread = new Thread(() -> {
        asked.countDown();
        try {
          answers.add(source.refresh().sequence());
        } catch (ReferenceValuesException e) {
          answers.add(-1L);
        }
      });
      thread.start();
      threads.add(thread);
    }
    asked.await();
    while (threads.stream().anyMatch(t -> t.getState() == Thread.State.RUNNABLE)) {
      Thread.onSpinWait();
    }
    executor.runHeld();
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(2, fetched);
    assertEquals(Collections.nCopies(callers, 2L), answers);
  }

  @Test
  void nobodyWaitsLongerThanThePatience() {
    RefreshingReferenceValues source = builder().patience(Duration.ofMillis(1)).start();
    now = now.plus(Duration.ofMinutes(1));
    executor.holding = true;
    refused(Problem.UNAVAILABLE, "within PT0.001S", source::refresh);
    assertEquals(1, fetched);
  }

  @Test
  void anInterruptedCallerStaysInterrupted() {
    RefreshingReferenceValues source = start();
    now = now.plus(Duration.ofMinutes(1));
    executor.holding = true;
    Thread.currentThread().interrupt();
    refused(Problem.UNAVAILABLE, "interrupted", source::refresh);
    assertTrue(Thread.interrupted());
  }

  @Test
  void afterCloseNothingIsFetchedAndTheValuesStay() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    source.close();
    now = now.plus(Duration.ofMinutes(1));
    assertTrue(executor.nothingScheduled());
    assertEquals(1, source.refresh().sequence());
    assertEquals(1, fetched);
    assertFalse(executor.isShutdown());
  }

  @Test
  void anExecutorThatWasShutDownIsAFailure() throws ReferenceValuesException {
    RefreshingReferenceValues source = start();
    executor.shutdown();
    now = now.plus(Duration.ofMinutes(1));
    refused(Problem.UNAVAILABLE, "no thread", source::refresh);
    assertEquals(1, source.current().sequence());
  }

  @Test
  void worksWithAThreadOfItsOwn() throws ReferenceValuesException {
    try (RefreshingReferenceValues source = RefreshingReferenceValues.builder(
            () -> publisher.publish(7, 'a'), publisher.verifier())
        .patience(Duration.ofMinutes(1))
        .start()) {
      assertEquals(7, source.current().sequence());
    }
  }

  @Test
  void aDocumentOfAReleaseDeployedJustNowIsAccepted() {
    RefreshingReferenceValues source = start();
    origin = () -> publisher.publish(2, 'b');
    assertEquals(
        Reason.MEASUREMENT_MISMATCH,
        assertInstanceOf(Rejection.class, judge(source, 'b')).reason(),
        "too soon after the start to ask again");
    now = now.plus(Duration.ofSeconds(10));
    VerifiedAttestation attestation =
        assertInstanceOf(VerifiedAttestation.class, judge(source, 'b'));
    assertEquals("release b", attestation.release().orElseThrow().name());
    assertEquals(2, fetched);
  }

  @Test
  void expiredValuesStayAndAreRefused() {
    Instant soon = InstantSource.system().instant().plusSeconds(3600);
    origin = () -> publisher.publish(1, 'a', soon);
    RefreshingReferenceValues source = start();
    origin = failing("dead");
    now = now.plus(Duration.ofMinutes(1));
    assertInstanceOf(VerifiedAttestation.class, judge(source, 'a'));
    InstantSource later = InstantSource.offset(InstantSource.system(), Duration.ofHours(1));
    Rejection rejection = assertInstanceOf(Rejection.class, judge(source, 'a', later));
    assertEquals(Reason.REFERENCE_VALUES_EXPIRED, rejection.reason());
  }

  private VerificationResult judge(RefreshingReferenceValues source, char digit) {
    return judge(source, digit, InstantSource.system());
  }

  private static VerificationResult judge(
      RefreshingReferenceValues source, char digit, InstantSource clock) {
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, clock);
    SimulatedNsm nsm = SimulatedNsm.builder(
            CertificateChain.builder(root).clock(clock).build())
        .measurements(pcr(digit), pcr('2'), pcr('3'))
        .build();
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
        .clock(clock)
        .build()
        .verify(
            nsm.attest(Optional.of(NONCE), Optional.empty(), Optional.empty()),
            Expectation.releases(source).nonce(NONCE).build());
  }

  private static byte[] pcr(char digit) {
    return HexFormat.of().parseHex(String.valueOf(digit).repeat(96));
  }
}
