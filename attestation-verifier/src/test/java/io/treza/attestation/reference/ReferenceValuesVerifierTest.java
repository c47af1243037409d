package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Signer.Algorithm;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Which signed files are accepted, in which order, and what is remembered of them. */
class ReferenceValuesVerifierTest {
  private static final TestKey OLD = TestKey.create(Algorithm.ES384);
  private static final TestKey NEW = TestKey.create(Algorithm.ED25519);

  private static ReferenceValuesVerifier.Builder trusting(TestKey... keys) {
    List<PublicKey> publicKeys = new ArrayList<>();
    for (TestKey key : keys) {
      publicKeys.add(key.publicKey());
    }
    return ReferenceValuesVerifier.builder(TrustedKeys.of(publicKeys), "payments")
        .clock(InstantSource.fixed(Samples.ISSUED));
  }

  private static byte[] file(long sequence, TestKey... signers) throws SignatureException {
    return Samples.complete().toBuilder().sequence(sequence).build().sign(signers);
  }

  private static Problem refused(ReferenceValuesVerifier verifier, byte[] file) {
    return assertThrows(ReferenceValuesException.class, () -> verifier.verify(file))
        .problem();
  }

  @Test
  void saysWhoSigned() throws Exception {
    VerifiedReferenceValues verified = trusting(OLD, NEW).build().verify(file(42, NEW));
    assertEquals(Samples.complete(), verified.values());
    assertEquals(
        TrustedKeys.of(List.of(NEW.publicKey())).verify(file(1, NEW)).signer(), verified.signer());
  }

  @Test
  void keysRotateByOverlap() throws Exception {
    byte[] before = file(1, OLD);
    byte[] during = file(2, OLD, NEW);
    byte[] after = file(3, NEW);
    ReferenceValuesVerifier early = trusting(OLD).build();
    ReferenceValuesVerifier both = trusting(OLD, NEW).build();
    ReferenceValuesVerifier late = trusting(NEW).build();
    early.verify(before);
    both.verify(before);
    early.verify(during);
    both.verify(during);
    late.verify(during);
    both.verify(after);
    late.verify(after);
    assertEquals(Problem.SIGNATURE, refused(early, after));
    assertEquals(Problem.SIGNATURE, refused(late, before));
  }

  @Test
  void refusesAnExpiredFile() throws Exception {
    byte[] file = file(42, OLD);
    trusting(OLD)
        .clock(InstantSource.fixed(Samples.EXPIRES.minusNanos(1)))
        .build()
        .verify(file);
    for (Instant late : List.of(Samples.EXPIRES, Samples.EXPIRES.plusSeconds(1))) {
      assertEquals(
          Problem.EXPIRED,
          refused(trusting(OLD).clock(InstantSource.fixed(late)).build(), file));
    }
  }

  @Test
  void refusesWhatIsOlderThanAccepted() throws Exception {
    ReferenceValuesVerifier verifier = trusting(OLD).build();
    verifier.verify(file(7, OLD));
    verifier.verify(file(7, OLD));
    assertEquals(Problem.ROLLBACK, refused(verifier, file(6, OLD)));
    verifier.verify(file(8, OLD));
    assertEquals(Problem.ROLLBACK, refused(verifier, file(7, OLD)));
  }

  @Test
  void refusesWhatIsOlderThanThePinnedFloor() throws Exception {
    ReferenceValuesVerifier verifier = trusting(OLD).minimumSequence(7).build();
    assertEquals(Problem.ROLLBACK, refused(verifier, file(6, OLD)));
    verifier.verify(file(7, OLD));
  }

  @Test
  void sharesWhatItRemembersThroughTheStore() throws Exception {
    SequenceStore store = new InMemorySequenceStore();
    trusting(OLD).sequenceStore(store).build().verify(file(7, OLD));
    ReferenceValuesVerifier second = trusting(OLD).sequenceStore(store).build();
    assertEquals(Problem.ROLLBACK, refused(second, file(6, OLD)));
  }

  @Test
  void countsEachApplicationByItself() {
    SequenceStore store = new InMemorySequenceStore();
    assertEquals(7, store.raise("payments", 7));
    assertEquals(1, store.raise("billing", 1));
    assertEquals(7, store.raise("payments", 6));
  }

  @Test
  void remembersNothingOfAFileItRefuses() throws Exception {
    List<Long> raised = new ArrayList<>();
    SequenceStore store = (application, sequence) -> {
      raised.add(sequence);
      return sequence;
    };
    ReferenceValuesVerifier verifier =
        trusting(OLD).sequenceStore(store).minimumSequence(5).build();
    assertEquals(Problem.SIGNATURE, refused(verifier, file(9, NEW)));
    assertEquals(Problem.ROLLBACK, refused(verifier, file(4, OLD)));
    byte[] other = ReferenceValues.builder("billing")
        .sequence(9)
        .expiresAt(Samples.EXPIRES)
        .release(Samples.release().build())
        .build()
        .sign(OLD);
    assertEquals(Problem.APPLICATION, refused(verifier, other));
    byte[] expired = Samples.complete().toBuilder()
        .sequence(9)
        .issuedAt(Instant.EPOCH)
        .expiresAt(Samples.ISSUED)
        .build()
        .sign(OLD);
    assertEquals(Problem.EXPIRED, refused(verifier, expired));
    assertEquals(List.of(), raised);
    verifier.verify(file(6, OLD));
    assertEquals(List.of(6L), raised);
  }

  @Test
  void refusesWhenTheStoreFails() throws Exception {
    ReferenceValuesVerifier verifier = trusting(OLD)
        .sequenceStore((application, sequence) -> {
          throw new IllegalStateException("no connection");
        })
        .build();
    assertEquals(Problem.UNAVAILABLE, refused(verifier, file(7, OLD)));
  }

  @Test
  void refusesWhenTheStoreDoesNotRemember() throws Exception {
    ReferenceValuesVerifier verifier =
        trusting(OLD).sequenceStore((application, sequence) -> 0).build();
    assertEquals(Problem.UNAVAILABLE, refused(verifier, file(7, OLD)));
  }

  @Test
  void raisesAtomically() throws Exception {
    SequenceStore store = new InMemorySequenceStore();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<Long>> answers = new ArrayList<>();
      for (long i = 1; i <= 400; i++) {
        long sequence = i * 7919 % 401;
        answers.add(pool.submit(() -> store.raise("payments", sequence) - sequence));
      }
      for (Future<Long> answer : answers) {
        assertTrue(answer.get() >= 0);
      }
    } finally {
      pool.shutdownNow();
    }
    assertEquals(400, store.raise("payments", 0));
  }

  @Test
  void trustsOnlyKeysItCanCheckWith() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    PublicKey key = rsa.generateKeyPair().getPublic();
    assertThrows(IllegalArgumentException.class, () -> TrustedKeys.of(List.of(key)));
    assertThrows(IllegalArgumentException.class, () -> TrustedKeys.of(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> TrustedKeys.of(Collections.nCopies(17, OLD.publicKey())));
  }

  @Test
  void readsPemOfPublicKeysOnly() {
    for (String pem : List.of(
        "",
        OLD.publicPem().replace("PUBLIC", "PRIVATE"),
        OLD.publicPem().replace("PUBLIC KEY", "CERTIFICATE"),
        OLD.publicPem().replace("END PUBLIC KEY", "END"),
        OLD.publicPem() + NEW.publicPem().replace("M", "*"),
        OLD.publicPem().replace("MH", "MA"))) {
      assertThrows(IllegalArgumentException.class, () -> TrustedKeys.ofPem(Samples.utf8(pem)), pem);
    }
    TrustedKeys.ofPem(Samples.utf8("# old and new\n" + OLD.publicPem() + "\r\n" + NEW.publicPem()));
  }
}
