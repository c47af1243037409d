package io.treza.enclave;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.enclave.internal.device.ModuleDevice;
import io.treza.enclave.nsm.Module;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which certificates an identity makes, when it makes new ones, and which it takes. */
class CertificateTest {
  private final HandClock clock = new HandClock();
  private final Nsm nsm = new ModuleDevice(new Module()).nsm();

  @Test
  void aCertificateIsForEveryHostAndForServersOnly() throws Exception {
    EnclaveIdentity identity = EnclaveIdentity.builder(nsm)
        .host("Orders.example.com")
        .host("xn--bcher-kva.example")
        .host("10.1.2.3")
        .host("2001:db8::1")
        .build();
    X509Certificate certificate = identity.certificate();
    assertEquals(
        Set.of(
            List.of(2, "orders.example.com"),
            List.of(2, "xn--bcher-kva.example"),
            List.of(7, "10.1.2.3"),
            List.of(7, "2001:db8:0:0:0:0:0:1")),
        certificate.getSubjectAlternativeNames().stream()
            .map(List::copyOf)
            .collect(Collectors.toSet()));
    assertEquals(-1, certificate.getBasicConstraints());
    assertArrayEquals(
        new boolean[] {true, false, false, false, false, false, false, false, false},
        certificate.getKeyUsage());
    assertEquals(List.of("1.3.6.1.5.5.7.3.1"), certificate.getExtendedKeyUsage());
    assertTrue(certificate.getSerialNumber().signum() > 0);
    certificate.verify(certificate.getPublicKey());
  }

  @Test
  void keysAreOnTheCurveThatWasAskedFor() throws Exception {
    assertEquals(
        "SHA256withECDSA",
        EnclaveIdentity.builder(nsm).host("a.example").build().certificate().getSigAlgName());
    assertEquals(
        "SHA384withECDSA",
        EnclaveIdentity.builder(nsm)
            .host("a.example")
            .p384()
            .build()
            .certificate()
            .getSigAlgName());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*.example.com",
        "a..b",
        "-a.example",
        "a_b.example",
        "bücher.example",
        "1.2.3",
        "1.2.3.400",
        "a.example.",
        "a b",
        "a/b",
        "https://a.example"
      })
  void whatIsNoHostIsRefused(String host) {
    assertThrows(
        IllegalArgumentException.class, () -> EnclaveIdentity.builder(nsm).host(host));
  }

  @Test
  void aHostIsRequired() {
    assertThrows(IllegalStateException.class, () -> EnclaveIdentity.builder(nsm).build());
  }

  @Test
  void aCertificateIsRenewedForTheSameKeyWhenTwoThirdsOfItsTimeAreOver() throws Exception {
    EnclaveIdentity identity =
        builder().certificateLifetime(Duration.ofHours(30)).build();
    X509Certificate first = identity.certificate();
    assertEquals(seconds(clock.instant().plus(Duration.ofHours(30))), first.getNotAfter());
    clock.advance(Duration.ofHours(20).minusSeconds(2));
    assertEquals(first, identity.certificate());
    clock.advance(Duration.ofSeconds(2));
    X509Certificate second = identity.certificate();
    assertNotEquals(first, second);
    assertEquals(first.getPublicKey(), second.getPublicKey());
    assertEquals(seconds(clock.instant().plus(Duration.ofHours(30))), second.getNotAfter());
  }

  @Test
  void aClockSetBackDoesNotMakeCertificatesOverAndOver() throws Exception {
    EnclaveIdentity identity = builder().build();
    clock.advance(Duration.ofDays(-30));
    assertEquals(identity.certificate(), identity.certificate());
  }

  @Test
  void anAuthoritysCertificateIsInstalledAndNotRenewedByItself() throws Exception {
    EnclaveIdentity identity = builder().build();
    TestAuthority authority = new TestAuthority();
    PublicKey key = identity.certificate().getPublicKey();
    List<X509Certificate> chain = authority.chain(identity.certificateRequest());
    identity.install(chain);
    assertEquals(chain.get(0), identity.certificate());
    assertEquals(key, identity.certificate().getPublicKey());
    clock.advance(Duration.ofDays(100));
    assertEquals(chain.get(0), identity.certificate());
    identity.renew();
    assertEquals(key, identity.certificate().getPublicKey());
    assertNotEquals(chain.get(0), identity.certificate());
  }

  @Test
  void aRotationIsInForceWhenItsCertificateIsInstalledAndNotBefore() throws Exception {
    EnclaveIdentity identity = builder().build();
    TestAuthority authority = new TestAuthority();
    byte[] before = identity.spkiSha256();
    byte[] forgotten = identity.rotationRequest();
    byte[] request = identity.rotationRequest();
    assertArrayEquals(before, identity.spkiSha256());
    String message = assertThrows(
            IllegalArgumentException.class, () -> identity.install(authority.chain(forgotten)))
        .getMessage();
    assertTrue(message.contains("another key"), message);
    identity.install(authority.chain(request));
    assertFalse(Arrays.equals(before, identity.spkiSha256()));
  }

  @Test
  void anythingThatClientsWouldRefuseIsRefusedAndTheOldOneServedOn() throws Exception {
    EnclaveIdentity identity = builder().build();
    X509Certificate served = identity.certificate();
    TestAuthority authority = new TestAuthority();
    byte[] request = identity.certificateRequest();
    PublicKey key = served.getPublicKey();
    for (List<X509Certificate> chain : List.of(
        List.<X509Certificate>of(),
        List.of(authority.root),
        List.of(authority.sign(request, Instant.now().minusSeconds(60)), authority.root),
        List.of(authority.sign(key, "other.example.com"), authority.root),
        List.of(authority.sign(key, "*.com"), authority.root),
        List.of(authority.chain(request).get(0), new TestAuthority().root))) {
      assertThrows(IllegalArgumentException.class, () -> identity.install(chain));
      assertEquals(served, identity.certificate());
    }
    identity.install(List.of(authority.sign(key, "*.example.com")));
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> builder().certificateLifetime(Duration.ofSeconds(59)));
    assertThrows(IllegalArgumentException.class, () -> builder().overlap(Duration.ofSeconds(-1)));
  }

  private EnclaveIdentity.Builder builder() {
    return EnclaveIdentity.builder(nsm).host("orders.example.com").clock(clock);
  }

  private static Date seconds(Instant instant) {
    return Date.from(Instant.ofEpochSecond(instant.getEpochSecond()));
  }
}
