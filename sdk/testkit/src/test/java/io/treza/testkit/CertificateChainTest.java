package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateChain.Level;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateChainTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:15:30.123Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final DevelopmentRoot ROOT = DevelopmentRoot.create(Naming.SIMULATED, CLOCK);

  private static CertificateChain.Builder builder() {
    return CertificateChain.builder(ROOT).clock(CLOCK);
  }

  private static String subject(CertificateChain chain, Level level) {
    return chain.certificate(level).x509().getSubjectX500Principal().getName();
  }

  @ParameterizedTest
  @EnumSource(Naming.class)
  void theJdkAcceptsTheChainOfEitherNaming(Naming naming) throws Exception {
    CertificateChain chain = CertificateChain.builder(DevelopmentRoot.create(naming, CLOCK))
        .clock(CLOCK)
        .build();
    assertEquals(5, chain.certificates().size());
    assertEquals(4, chain.cabundle().size());
    Paths.validate(chain, NOW);
  }

  @Test
  void everySimulatedNameSaysSo() {
    CertificateChain chain = builder()
        .region("eu-west-1")
        .instanceId("sim-i-0123456789abcdef0")
        .enclaveId("enc0123456789abcdef")
        .build();
    assertEquals("sim-i-0123456789abcdef0-enc0123456789abcdef", chain.moduleId());
    assertEquals("sim-i-0123456789abcdef0", chain.instanceId());
    assertEquals("eu-west-1", chain.region());
    String suffix = "eu-west-1.simulated.nitro-enclaves";
    assertName(chain, Level.ROOT, "simulated.nitro-enclaves");
    assertName(chain, Level.REGIONAL, "[0-9a-f]{16}." + suffix);
    assertName(chain, Level.ZONAL, "[0-9a-f]{16}.zonal." + suffix);
    assertName(chain, Level.INSTANCE, "sim-i-0123456789abcdef0." + suffix);
    assertName(chain, Level.LEAF, chain.moduleId() + ".eu-west-1.simulated");
    for (Level level : Level.values()) {
      assertTrue(subject(chain, level).contains("OU=Not AWS"), subject(chain, level));
    }
  }

  private static void assertName(CertificateChain chain, Level level, String pattern) {
    String subject = subject(chain, level);
    assertTrue(subject.matches("(.*,)?CN=" + pattern + "(,.*)?"), subject);
  }

  @Test
  void generatedIdsHaveTheFormOfRealOnes() {
    String moduleId = builder().build().moduleId();
    String milliseconds = HexFormat.of().toHexDigits(NOW.toEpochMilli(), 12);
    assertTrue(
        moduleId.matches("sim-i-0[0-9a-f]{16}-enc" + milliseconds + "[0-9a-f]{4}"), moduleId);
  }

  @Test
  void idsOfAnotherFormAreRefused() {
    for (String id : List.of("i-0123456789abcdef0", "sim-i-0", "sim-i-0123456789ABCDEF0")) {
      assertThrows(IllegalArgumentException.class, () -> builder().instanceId(id), id);
    }
    for (String id : List.of("0123456789abcdef", "enc0", "enc0123456789ABCDEF")) {
      assertThrows(IllegalArgumentException.class, () -> builder().enclaveId(id), id);
    }
  }

  @ParameterizedTest
  @EnumSource(Level.class)
  void aChangeReachesItsLevelOnly(Level changed) throws Exception {
    BigInteger serial = BigInteger.valueOf(4711);
    CertificateChain chain =
        builder().certificate(changed, c -> c.serial(serial)).build();
    for (Level level : Level.values()) {
      boolean found = chain.certificate(level).x509().getSerialNumber().equals(serial);
      assertEquals(level == changed, found, level.toString());
    }
    Paths.validate(chain, NOW);
  }

  @Test
  void aWrongLevelMakesTheJdkRefuseTheChain() {
    CertificateChain expired =
        builder().certificate(Level.LEAF, c -> c.notAfter(NOW.minusSeconds(1))).build();
    CertificateChain notAuthority = builder()
        .certificate(Level.INSTANCE, c -> c.extension(CertificateExtension.basicConstraints(false)))
        .build();
    for (CertificateChain chain : List.of(expired, notAuthority)) {
      assertThrows(GeneralSecurityException.class, () -> Paths.validate(chain, NOW));
    }
  }

  @Test
  void aLevelLeftOutIsSkippedByTheIssuers() throws Exception {
    CertificateChain chain = builder().without(Level.ZONAL).build();
    assertEquals(4, chain.certificates().size());
    assertThrows(IllegalArgumentException.class, () -> chain.certificate(Level.ZONAL));
    Paths.validate(chain, NOW);
  }

  @Test
  void aNewEnclaveSharesAllButTheLeaf() throws Exception {
    CertificateChain first = builder().build();
    CertificateChain second = first.withNewEnclave();
    assertShared(first, second, 4);
    assertEquals(first.instanceId(), second.instanceId());
    assertNotEquals(first.moduleId(), second.moduleId());
    Paths.validate(second, NOW);
  }

  @Test
  void aNewLeafKeepsTheModuleId() throws Exception {
    CertificateChain first = builder().build();
    CertificateChain second = first.withNewLeaf();
    assertShared(first, second, 4);
    assertEquals(first.moduleId(), second.moduleId());
    Paths.validate(second, NOW);
  }

  @Test
  void aNewInstanceSharesTheZoneAndAbove() throws Exception {
    CertificateChain first = builder().instanceId("sim-i-0123456789abcdef0").build();
    CertificateChain second = first.withNewInstance();
    assertShared(first, second, 3);
    assertNotEquals(first.instanceId(), second.instanceId());
    Paths.validate(second, NOW);
  }

  private static void assertShared(CertificateChain first, CertificateChain second, int count) {
    for (int i = 0; i < 5; i++) {
      if (i < count) {
        assertSame(first.certificates().get(i), second.certificates().get(i));
      } else {
        assertNotEquals(
            first.certificates().get(i).keys().getPublic(),
            second.certificates().get(i).keys().getPublic());
      }
    }
  }

  @Test
  void aBuilderUsedAgainDoesNotTouchTheFirstChain() {
    CertificateChain.Builder builder = builder();
    CertificateChain first = builder.build();
    builder.region("eu-west-1").build();
    assertEquals("us-east-1", first.region());
    assertEquals("us-east-1", first.withNewEnclave().region());
  }

  @Test
  void theSameRandomnessMakesTheSameBytes() throws Exception {
    assertArrayEquals(documentFromSeed(), documentFromSeed());
  }

  private static byte[] documentFromSeed() throws GeneralSecurityException {
    SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
    random.setSeed(1);
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, CLOCK, random);
    return DocumentBuilder.of(
            CertificateChain.builder(root).clock(CLOCK).random(random).build())
        .build();
  }
}
