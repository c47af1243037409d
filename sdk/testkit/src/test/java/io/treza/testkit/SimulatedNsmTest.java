package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SimulatedNsmTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:15:30.123Z");

  private Instant now = NOW;
  private final InstantSource clock = () -> now;
  private final DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, clock);

  private SimulatedNsm.Builder builder() {
    return SimulatedNsm.builder(CertificateChain.builder(root).clock(clock).build())
        .measurements(filled(1), filled(2), filled(3));
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[48];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static DecodedDocument attest(SimulatedNsm nsm) {
    return DecodedDocument.read(nsm.attest(Optional.empty(), Optional.empty(), Optional.empty()));
  }

  @Test
  void aDocumentHoldsWhatWasAskedForAndIsSignedByTheLeaf() {
    SimulatedNsm nsm = builder().build();
    DecodedDocument document = DecodedDocument.read(nsm.attest(
        Optional.of(new byte[] {1}), Optional.of(new byte[0]), Optional.of(new byte[1024])));
    assertTrue(document.signedByLeaf());
    assertArrayEquals(new byte[] {1}, document.payload().get("nonce").content());
    assertFalse(document.payload().get("user_data").isNull());
    assertEquals(0, document.payload().get("user_data").content().length);
    assertEquals(1024, document.payload().get("public_key").content().length);
    assertEquals(NOW.toEpochMilli(), document.payload().get("timestamp").argument());
    assertEquals(nsm.moduleId(), document.moduleId());
    assertTrue(document.moduleId().startsWith("sim-i-"), document.moduleId());
  }

  @Test
  void whatWasNotAskedForIsNull() {
    DecodedCbor payload = attest(builder().build()).payload();
    for (String field : List.of("public_key", "user_data", "nonce")) {
      assertTrue(payload.get(field).isNull(), field);
    }
  }

  @Test
  void aFieldOfMoreThan1024BytesIsRefused() {
    SimulatedNsm nsm = builder().build();
    Optional<byte[]> tooLong = Optional.of(new byte[1025]);
    Optional<byte[]> none = Optional.empty();
    assertRefused(NsmException.Code.INPUT_TOO_LARGE, () -> nsm.attest(tooLong, none, none));
    assertRefused(NsmException.Code.INPUT_TOO_LARGE, () -> nsm.attest(none, tooLong, none));
    assertRefused(NsmException.Code.INPUT_TOO_LARGE, () -> nsm.attest(none, none, tooLong));
  }

  private static void assertRefused(NsmException.Code code, Runnable request) {
    NsmException refusal = assertThrows(NsmException.class, request::run);
    assertEquals(code, refusal.code());
    assertTrue(String.valueOf(refusal.getMessage()).startsWith(code.nsmName()));
  }

  @Test
  void registersComeFromImageRoleInstanceAndSigner() {
    String role = "arn:aws:iam::123456789012:role/Webserver";
    SimulatedNsm nsm = builder().roleArn(role).pcr8(filled(8)).build();
    DecodedDocument document = attest(nsm);
    assertArrayEquals(filled(1), document.pcr(0));
    assertArrayEquals(filled(2), document.pcr(1));
    assertArrayEquals(filled(3), document.pcr(2));
    assertArrayEquals(Pcrs.ofRole(role), document.pcr(3));
    assertArrayEquals(Pcrs.ofInstance(nsm.chain().instanceId()), document.pcr(4));
    assertArrayEquals(filled(8), document.pcr(8));
    for (int index : new int[] {5, 6, 7, 9, 10, 11, 12, 13, 14, 15}) {
      assertArrayEquals(Pcrs.zero(), document.pcr(index), "PCR" + index);
    }
  }

  @Test
  void debugModeZeroesTheImageAndSignerRegistersOnly() {
    DecodedDocument document =
        attest(builder().roleArn("arn").pcr8(filled(8)).debugMode(true).build());
    for (int index : new int[] {0, 1, 2, 8}) {
      assertArrayEquals(Pcrs.zero(), document.pcr(index), "PCR" + index);
    }
    assertArrayEquals(Pcrs.ofRole("arn"), document.pcr(3));
    assertFalse(Arrays.equals(Pcrs.zero(), document.pcr(4)));
  }

  @Test
  void aBuilderWithoutOrWithWrongMeasurementsIsRefused() {
    CertificateChain chain = CertificateChain.builder(root).clock(clock).build();
    assertThrows(IllegalStateException.class, () -> SimulatedNsm.builder(chain).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> SimulatedNsm.builder(chain).measurements(filled(1), new byte[47], filled(3)));
    assertThrows(IllegalArgumentException.class, () -> builder().pcr8(new byte[32]));
  }

  @Test
  void aBuilderUsedAgainDoesNotTouchTheFirstModule() {
    SimulatedNsm.Builder builder = builder();
    SimulatedNsm first = builder.build();
    builder.pcr8(filled(8)).build().extendPcr(16, new byte[] {1});
    assertArrayEquals(Pcrs.zero(), first.describePcr(8).value());
    assertArrayEquals(Pcrs.zero(), first.describePcr(16).value());
  }

  /** What AWS's nsm-check expects of a module's registers. */
  @Test
  void reservedRegistersAreLockedAndTheOthersOpen() {
    SimulatedNsm nsm = builder().build();
    for (int i = 0; i < SimulatedNsm.PCRS; i++) {
      int index = i;
      assertEquals(index < 16, nsm.describePcr(index).locked(), "PCR" + index);
      if (index < 16) {
        assertRefused(NsmException.Code.READ_ONLY_INDEX, () -> nsm.lockPcr(index));
        assertRefused(
            NsmException.Code.READ_ONLY_INDEX, () -> nsm.extendPcr(index, new byte[] {1}));
      } else {
        assertArrayEquals(Pcrs.zero(), nsm.describePcr(index).value());
      }
    }
    for (int index : new int[] {-1, 32}) {
      assertRefused(NsmException.Code.INVALID_INDEX, () -> nsm.describePcr(index));
      assertRefused(NsmException.Code.INVALID_INDEX, () -> nsm.lockPcr(index));
      assertRefused(NsmException.Code.INVALID_INDEX, () -> nsm.extendPcr(index, new byte[1]));
    }
  }

  @Test
  void extendingHashesTheOldValueAndTheData() {
    SimulatedNsm nsm = builder().build();
    byte[] once = nsm.extendPcr(16, new byte[] {1, 2, 3});
    assertArrayEquals(Pcrs.extend(Pcrs.zero(), new byte[] {1, 2, 3}), once);
    assertArrayEquals(Pcrs.extend(once, new byte[] {4}), nsm.extendPcr(16, new byte[] {4}));
    assertArrayEquals(Pcrs.extend(once, new byte[] {4}), nsm.describePcr(16).value());
  }

  @Test
  void anExtensionLongerThanARequestIsRefused() {
    SimulatedNsm nsm = builder().build();
    int overhead = 1 + 1 + 9 + 1 + 1 + 5 + 1 + 1 + 4 + 3;
    nsm.extendPcr(16, new byte[4096 - overhead]);
    assertRefused(
        NsmException.Code.INPUT_TOO_LARGE, () -> nsm.extendPcr(16, new byte[4097 - overhead]));
  }

  @Test
  void aLockedRegisterShowsInDocumentsAndChangesNoMore() {
    SimulatedNsm nsm = builder().build();
    byte[] value = nsm.extendPcr(17, new byte[] {1});
    assertEquals(16, attest(nsm).payload().get("pcrs").argument());
    nsm.lockPcr(17);
    assertTrue(nsm.describePcr(17).locked());
    assertRefused(NsmException.Code.READ_ONLY_INDEX, () -> nsm.extendPcr(17, new byte[] {2}));
    assertRefused(NsmException.Code.READ_ONLY_INDEX, () -> nsm.lockPcr(17));
    DecodedDocument document = attest(nsm);
    assertEquals(17, document.payload().get("pcrs").argument());
    assertArrayEquals(value, document.pcr(17));
  }

  @Test
  void aRangeOfRegistersCanBeLocked() {
    SimulatedNsm nsm = builder().build();
    nsm.lockPcrs(18);
    assertTrue(nsm.describePcr(17).locked());
    assertFalse(nsm.describePcr(18).locked());
    nsm.lockPcrs(32);
    assertRefused(NsmException.Code.INVALID_INDEX, () -> nsm.lockPcrs(33));
    assertRefused(NsmException.Code.INVALID_INDEX, () -> nsm.lockPcrs(-1));
  }

  @Test
  void theLeafIsRenewedOnlyWhenItExpired() throws Exception {
    SimulatedNsm nsm = builder().build();
    CertificateChain first = nsm.chain();
    now = first.leaf().validity().notAfter();
    attest(nsm);
    assertSame(first, nsm.chain());
    now = first.leaf().validity().notAfter().plusSeconds(1);
    DecodedDocument document = attest(nsm);
    assertTrue(document.signedByLeaf());
    assertEquals(first.moduleId(), document.moduleId());
    assertNotEquals(
        first.leaf().keys().getPublic(), document.certificates().get(4).getPublicKey());
    for (CertificateChain.Level level :
        List.of(CertificateChain.Level.ZONAL, CertificateChain.Level.INSTANCE)) {
      assertSame(first.certificate(level), nsm.chain().certificate(level));
    }
    Paths.validate(nsm.chain(), now);
  }

  @Test
  void everyExpiredLevelIsRenewedWithThoseBelow() throws Exception {
    SimulatedNsm nsm = builder().build();
    CertificateChain first = nsm.chain();
    now = NOW.plus(Duration.ofDays(7));
    assertTrue(attest(nsm).signedByLeaf());
    assertSame(
        first.certificate(CertificateChain.Level.REGIONAL),
        nsm.chain().certificate(CertificateChain.Level.REGIONAL));
    Paths.validate(nsm.chain(), now);
    assertEquals(first.moduleId(), nsm.moduleId());
  }

  @Test
  void noDocumentIsMadeUnderAnExpiredRoot() {
    SimulatedNsm nsm = builder().build();
    now = NOW.plus(Duration.ofDays(10960));
    assertThrows(IllegalStateException.class, () -> attest(nsm));
  }

  @Test
  void randomComesFromTheChainsSource() {
    SecureRandom constant = new SecureRandom() {
      private static final long serialVersionUID = 1;

      @Override
      public void nextBytes(byte[] bytes) {
        Arrays.fill(bytes, (byte) 7);
      }
    };
    CertificateChain chain =
        CertificateChain.builder(root).clock(clock).random(constant).build();
    byte[] expected = new byte[256];
    Arrays.fill(expected, (byte) 7);
    assertArrayEquals(
        expected,
        SimulatedNsm.builder(chain)
            .measurements(filled(1), filled(2), filled(3))
            .build()
            .random());
  }

  @Test
  void extensionsFromManyThreadsAllCountAndDocumentsStayWhole() throws Exception {
    SimulatedNsm nsm = builder().build();
    int threads = 8;
    int rounds = 50;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Boolean>> work = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        work.add(() -> {
          for (int round = 0; round < rounds; round++) {
            nsm.extendPcr(16, new byte[] {1});
          }
          return attest(nsm).signedByLeaf();
        });
      }
      for (Future<Boolean> result : pool.invokeAll(work)) {
        assertTrue(result.get());
      }
    } finally {
      pool.shutdownNow();
    }
    byte[] expected = Pcrs.zero();
    for (int i = 0; i < threads * rounds; i++) {
      expected = Pcrs.extend(expected, new byte[] {1});
    }
    assertArrayEquals(expected, nsm.describePcr(16).value());
  }
}
