package io.treza.sdk.attested;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.sdk.KeyBinding;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.Der;
import io.treza.testkit.KeyType;
import io.treza.testkit.Validity;
import java.io.IOException;
import java.math.BigInteger;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One verdict for all who wait for it, and nobody fails for another's sake. */
class AttestorTest {
  private final Workload workload = new Workload();
  private final X509Certificate certificate = Peer.Tls.of("localhost").certificate();
  private final AttestedKeys keys = new AttestedKeys(InstantSource.system(), Duration.ofHours(1));
  private final Attestor attestor = new Attestor(
      workload.verifier(),
      workload.pinned(),
      UnaryOperator.identity(),
      KeyBinding.SPKI_SHA256,
      32,
      keys);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch mayAnswer = new CountDownLatch(1);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** Asks, and gets what {@code then} says when {@link #mayAnswer} is open. */
  private Future<Boolean> leader(Attestor.Evidence then) throws InterruptedException {
    Future<Boolean> leader = threads.submit(() -> attestor.attest(
        certificate,
        nonce -> {
          asked.countDown();
          try {
            mayAnswer.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          return then.obtain(nonce);
        },
        0,
        () -> false));
    asked.await();
    return leader;
  }

  private Future<Boolean> follower(AtomicInteger questions, int patience) {
    return threads.submit(() -> attestor.attest(
        certificate,
        nonce -> {
          questions.incrementAndGet();
          return workload.document(nonce, certificate);
        },
        patience,
        () -> false));
  }

  @Test
  void whoWaitsDoesNotAsk() throws Exception {
    AtomicInteger questions = new AtomicInteger();
    Future<Boolean> leader = leader(nonce -> workload.document(nonce, certificate));
    Future<Boolean> follower = follower(questions, 0);
    mayAnswer.countDown();
    assertTrue(leader.get());
    assertFalse(follower.get());
    assertEquals(0, questions.get());
    assertEquals(1, keys.attestations().size());
  }

  @Test
  void whoWaitsAsksWhenTheQuestionOfAnotherBreaks() throws Exception {
    AtomicInteger questions = new AtomicInteger();
    Future<Boolean> leader = leader(nonce -> {
      throw new IOException("cancelled");
    });
    Future<Boolean> follower = follower(questions, 0);
    mayAnswer.countDown();
    assertInstanceOf(
        IOException.class, assertThrows(ExecutionException.class, leader::get).getCause());
    assertTrue(follower.get());
    assertEquals(1, questions.get());
  }

  @Test
  void whoWaitsLosesPatience() throws Exception {
    Future<Boolean> leader = leader(nonce -> workload.document(nonce, certificate));
    Future<Boolean> follower = follower(new AtomicInteger(), 1);
    assertInstanceOf(
        SocketTimeoutException.class,
        assertThrows(ExecutionException.class, follower::get).getCause());
    mayAnswer.countDown();
    assertTrue(leader.get());
  }

  @Test
  void aRefusalGoesToAllWithATraceOfTheirOwn() throws Exception {
    Future<Boolean> leader = leader(nonce -> new byte[] {1});
    CountDownLatch waits = new CountDownLatch(1);
    Future<Boolean> follower = threads.submit(() -> {
      waits.countDown();
      return attestor.attest(certificate, nonce -> new byte[] {1}, 0, () -> false);
    });
    waits.await();
    mayAnswer.countDown();
    PeerNotAttestedException first = assertInstanceOf(
        PeerNotAttestedException.class,
        assertThrows(ExecutionException.class, leader::get).getCause());
    PeerNotAttestedException second = assertInstanceOf(
        PeerNotAttestedException.class,
        assertThrows(ExecutionException.class, follower::get).getCause());
    assertNotSame(first, second);
    assertEquals(first.reason(), second.reason());
    assertEquals(first.problem(), second.problem());
    assertTrue(first.reason().isPresent());
    assertEquals(Optional.empty(), keys.attestations().stream().findAny());
  }

  @Test
  void theBindingWinsOverEveryOtherDemand() {
    X509Certificate other = Peer.Tls.of("localhost").certificate();
    Attestor tricked = new Attestor(
        workload.verifier(),
        workload.pinned(),
        e -> KeyBinding.SPKI_SHA256.demand(e, certificate, new byte[0]),
        KeyBinding.SPKI_SHA256,
        32,
        keys);
    assertThrows(
        PeerNotAttestedException.class,
        () ->
            tricked.attest(other, nonce -> workload.document(nonce, certificate), 0, () -> false));
  }

  @Test
  void aKeyThatFitsInNoDocumentIsRefused() {
    byte[] modulus = new byte[1024];
    Arrays.fill(modulus, (byte) 0x7f);
    SecureRandom random = new SecureRandom();
    Instant now = Instant.now();
    X509Certificate rsa8192 = new CertificateBuilder(
            Der.sequence(),
            KeyType.P256.generate(random),
            new Validity(now, now.plusSeconds(60)),
            random)
        .subjectCommonName("long")
        .publicKeyInfo(Der.sequence(
            Der.sequence(Der.oid("1.2.840.113549.1.1.1"), Der.nullValue()),
            Der.bitString(
                Der.sequence(Der.integer(new BigInteger(1, modulus)), Der.integer(65537)))))
        .selfSigned()
        .x509();
    for (KeyBinding binding : List.of(KeyBinding.SPKI, KeyBinding.PUBLIC_KEY)) {
      Attestor whole = new Attestor(
          workload.verifier(), workload.pinned(), UnaryOperator.identity(), binding, 32, keys);
      PeerNotAttestedException refusal = assertThrows(
          PeerNotAttestedException.class,
          () -> whole.attest(rsa8192, nonce -> workload.document(nonce, rsa8192), 0, () -> false));
      assertEquals(PeerNotAttestedException.Problem.NO_KEY, refusal.problem());
    }
  }

  @Test
  void theOldestOfManyKeysIsForgotten() throws IOException {
    attestor.attest(certificate, nonce -> workload.document(nonce, certificate), 0, () -> false);
    X509Certificate[] more = new X509Certificate[256];
    for (int i = 0; i < more.length; i++) {
      X509Certificate next = Peer.Tls.of("localhost").certificate();
      more[i] = next;
      attestor.attest(next, nonce -> workload.document(nonce, next), 0, () -> false);
    }
    assertEquals(256, keys.attestations().size());
    assertFalse(attestor.attest(more[0], nonce -> new byte[0], 0, () -> false));
    assertTrue(attestor.attest(
        certificate, nonce -> workload.document(nonce, certificate), 0, () -> false));
  }
}
