package io.treza.sdk.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.TrustAnchor;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.fleet.FleetMember.AtAddress;
import io.treza.sdk.fleet.FleetMember.ByEvidence;
import io.treza.sdk.fleet.MemberVerdict.Refused;
import io.treza.sdk.fleet.MemberVerdict.SharedEnclave;
import io.treza.sdk.fleet.MemberVerdict.Unreachable;
import io.treza.sdk.fleet.MemberVerdict.Verified;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.FakeEnclave;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each member is judged for itself, and no enclave speaks for two. */
class FleetVerifierTest {
  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final CertificateChain chain =
      CertificateChain.builder(root).clock(InstantSource.system()).build();
  private final AttestationVerifier verifier = AttestationVerifier.builder()
      .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
      .build();

  private static Measurements release(String name, String digits) {
    String pcr = digits.repeat(48);
    return Measurements.builder()
        .release(name)
        .pcr(0, pcr)
        .pcr(1, pcr)
        .pcr(2, pcr)
        .build();
  }

  private SimulatedNsm enclave(String digits) {
    byte[] pcr = HexFormat.of().parseHex(digits.repeat(48));
    return SimulatedNsm.builder(chain.withNewEnclave())
        .measurements(pcr, pcr, pcr)
        .build();
  }

  private static EvidenceSource source(SimulatedNsm nsm) {
    return (id, nonce) -> nsm.attest(Optional.of(nonce), Optional.empty(), Optional.empty());
  }

  private FleetMember member(String name, String digits) {
    return new ByEvidence(name, source(enclave(digits)));
  }

  private FleetVerifier.Builder fleet() {
    return FleetVerifier.builder(
        verifier, Expectation.measurements(List.of(release("1.0", "11"), release("1.1", "22"))));
  }

  @Test
  void aReportGroupsMembersByTheReleaseTheyRun() throws InterruptedException {
    FleetReport report =
        fleet().build().verify(List.of(member("c", "11"), member("a", "22"), member("b", "11")));
    assertTrue(report.allVerified());
    assertEquals(Map.of("1.0", List.of("c", "b"), "1.1", List.of("a")), report.byRelease());
    Verified first = assertInstanceOf(Verified.class, report.verdicts().get(0));
    assertTrue(first.simulated());
    assertFalse(first.deprecated());
    assertTrue(first.moduleId().startsWith("sim-"), first.moduleId());
  }

  @Test
  void oneBadMemberSpoilsTheFleetAndNoOtherMember() throws InterruptedException {
    SimulatedNsm honest = enclave("11");
    EvidenceSource replayed = (id, nonce) -> source(honest).evidence(id, new byte[nonce.length]);
    FleetReport report = fleet()
        .build()
        .verify(List.of(
            member("good", "11"),
            member("another image", "33"),
            new ByEvidence("garbage", (id, nonce) -> new byte[] {1, 2, 3}),
            new ByEvidence("replayed", replayed),
            new ByEvidence("down", (id, nonce) -> {
              throw new IOException("no route to host");
            }),
            new ByEvidence("broken", (id, nonce) -> {
              throw new IllegalStateException();
            })));
    assertFalse(report.allVerified());
    assertEquals(Map.of("1.0", List.of("good")), report.byRelease());
    List<MemberVerdict> bad = report.notVerified();
    assertEquals(
        List.of("another image", "garbage", "replayed", "down", "broken"),
        bad.stream().map(MemberVerdict::member).toList());
    assertEquals(
        Reason.MEASUREMENT_MISMATCH, assertInstanceOf(Refused.class, bad.get(0)).reason());
    assertInstanceOf(Refused.class, bad.get(1));
    assertEquals(
        Reason.NONCE_MISMATCH, assertInstanceOf(Refused.class, bad.get(2)).reason());
    assertEquals(
        "no route to host", assertInstanceOf(Unreachable.class, bad.get(3)).detail());
    assertEquals(
        "java.lang.IllegalStateException",
        assertInstanceOf(Unreachable.class, bad.get(4)).detail());
  }

  @Test
  void anEnclaveThatAnswersForTwoMembersVouchesForNeither() throws InterruptedException {
    SimulatedNsm one = enclave("11");
    FleetReport report = fleet()
        .build()
        .verify(List.of(
            new ByEvidence("a", source(one)), member("b", "11"), new ByEvidence("c", source(one))));
    assertEquals(Map.of("1.0", List.of("b")), report.byRelease());
    assertEquals(
        List.of(new SharedEnclave("a", one.moduleId()), new SharedEnclave("c", one.moduleId())),
        report.notVerified());
  }

  @Test
  void aMemberAtAnAddressMustBindTheKeyOfItsConnection() throws Exception {
    EvidenceProtocol protocol =
        EvidenceProtocol.template("/attestation?nonce={nonce}", KeyBinding.SPKI_SHA256);
    EvidenceProtocol another =
        EvidenceProtocol.template("/attestation?nonce={nonce}", KeyBinding.SPKI_SHA384);
    try (FakeEnclave enclave = FakeEnclave.start()) {
      FleetVerifier fleet = FleetVerifier.builder(
              AttestationVerifier.builder()
                  .trustAnchors(TrustAnchor.development("test", enclave.rootCertificate()))
                  .build(),
              Expectation.measurements(
                  Measurements.of(enclave.pcr(0), enclave.pcr(1), enclave.pcr(2))))
          .build();
      AtAddress right = new AtAddress("a", enclave.address(), protocol);
      assertTrue(fleet.verify(List.of(right)).allVerified());
      AtAddress unbound = new AtAddress("a", enclave.address(), another);
      MemberVerdict verdict = fleet.verify(List.of(unbound)).verdicts().get(0);
      assertEquals(
          Reason.USER_DATA_MISMATCH, assertInstanceOf(Refused.class, verdict).reason());
      AtAddress mute = new AtAddress(
          "a",
          enclave.address(),
          EvidenceProtocol.template("/nowhere?nonce={nonce}", KeyBinding.SPKI_SHA256));
      assertInstanceOf(Unreachable.class, fleet.verify(List.of(mute)).verdicts().get(0));
    }
  }

  @Test
  void everyMemberHasANonceOfItsOwn() throws InterruptedException {
    Set<String> nonces = ConcurrentHashMap.newKeySet();
    List<FleetMember> members = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      SimulatedNsm nsm = enclave("11");
      members.add(new ByEvidence("m" + i, (id, nonce) -> {
        assertEquals(32, nonce.length);
        nonces.add(HexFormat.of().formatHex(nonce));
        return source(nsm).evidence(id, nonce);
      }));
    }
    assertTrue(fleet().build().verify(members).allVerified());
    assertEquals(20, nonces.size());
  }

  @Test
  void asManyAsAllowedAreAskedAtOnceAndNoMore() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    // Nobody gets on until four have come: fewer at once would never end.
    CyclicBarrier four = new CyclicBarrier(4);
    List<FleetMember> members = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      members.add(new ByEvidence("m" + i, (id, nonce) -> {
        most.accumulateAndGet(asked.incrementAndGet(), Math::max);
        try {
          four.await();
        } catch (Exception e) {
          throw new IOException(e);
        } finally {
          asked.decrementAndGet();
        }
        return nonce;
      }));
    }
    fleet().concurrency(4).build().verify(members);
    assertEquals(4, most.get());
    assertThrows(IllegalArgumentException.class, () -> fleet().concurrency(0));
    assertThrows(IllegalArgumentException.class, () -> fleet().concurrency(1025));
  }

  @Test
  void demandsHoldForEveryMember() throws InterruptedException {
    FleetReport report = fleet()
        .demanding(expectation -> expectation.region("eu-north-1"))
        .build()
        .verify(List.of(member("a", "11")));
    assertEquals(
        Reason.REGION_MISMATCH,
        assertInstanceOf(Refused.class, report.verdicts().get(0)).reason());
  }

  @Test
  void aSourceWithoutNoncesIsNoMembers() {
    EvidenceSource old = new EvidenceSource() {
      @Override
      public byte[] evidence(String id, byte[] nonce) {
        return nonce;
      }

      @Override
      public int nonceBytes() {
        return 0;
      }
    };
    assertThrows(IllegalArgumentException.class, () -> new ByEvidence("old", old));
    assertThrows(
        IllegalArgumentException.class,
        () -> new AtAddress("old", URI.create("https://a"), EvidenceProtocol.evervault()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://web:8443",
        "web:8443",
        "https:web",
        "//web:8443",
        "https://user@web",
        "https://web/path",
        "https://web?query",
        "https://web#fragment"
      })
  void anAddressIsHttpsHostAndPort(String address) {
    EvidenceProtocol protocol =
        EvidenceProtocol.template("/attestation?nonce={nonce}", KeyBinding.SPKI_SHA256);
    String message = assertThrows(
            IllegalArgumentException.class,
            () -> new AtAddress("web-1", URI.create(address), protocol))
        .getMessage();
    assertEquals("web-1: an address is https, host and port, not \"" + address + "\"", message);
    URI named = new AtAddress("web_1", URI.create("https://web_1:8443/"), protocol).address();
    assertEquals("web_1:8443", named.getRawAuthority());
  }

  @Test
  void aFleetHasMembersOfDifferentNames() {
    FleetVerifier fleet = fleet().build();
    assertThrows(IllegalArgumentException.class, () -> fleet.verify(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> fleet.verify(List.of(member("a", "11"), member("a", "11"))));
  }

  @Test
  void whoeverWaitsCanBeInterruptedAndThenNobodyIsAskedAnyMore() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    AtomicReference<Thread> worker = new AtomicReference<>(Thread.currentThread());
    AtomicInteger times = new AtomicInteger();
    EvidenceSource slow = (id, nonce) -> {
      worker.set(Thread.currentThread());
      times.incrementAndGet();
      asked.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
      return nonce;
    };
    List<FleetMember> members =
        List.of(new ByEvidence("slow", slow), new ByEvidence("next", (id, nonce) -> {
          times.incrementAndGet();
          return nonce;
        }));
    AtomicReference<Throwable> thrown = new AtomicReference<>(new AssertionError("nothing"));
    Thread caller = new Thread(() -> {
      try {
        fleet().concurrency(1).build().verify(members);
      } catch (InterruptedException e) {
        thrown.set(e);
      }
    });
    caller.start();
    asked.await();
    caller.interrupt();
    caller.join();
    worker.get().join();
    assertInstanceOf(InterruptedException.class, thrown.get());
    assertEquals(1, times.get());
  }
}
