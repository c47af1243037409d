package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Reason;
import io.treza.attestation.Rejection;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layout to the byte, against values that OpenSSL computed from the same certificate. */
class KeyBindingTest {
  private static final String CERTIFICATE =
      "MIIBcDCCARagAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxlbmNsYXZlLnRlc3QwHhcNMjYxMTIzMTIxOTM2"
          + "WhcNMzYxMTIwMTIxOTM2WjAXMRUwEwYDVQQDDAxlbmNsYXZlLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC"
          + "AASGVoobTjyBvNxd5XQ8qiGhnRQT9i3T97EH1NY2W/dVwo+EfT9/8i5DFZIMluBSi4sq8HiwgfdVIzlXu5SHvwlq"
          + "o1MwUTAdBgNVHQ4EFgQUR7qdMsvf6EhfjXYBJy0XeaMMj+QwHwYDVR0jBBgwFoAUR7qdMsvf6EhfjXYBJy0XeaMM"
          + "j+QwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAnznhpjJC+JF+Vt04eVxpMuL1f+ggYTWlsORgV"
          + "SCbC2gIhAMoHwx8x6A0CZ5WCTEKzJGUD3mmUVZdKGxqUxpai0BSX";

  private static final String SPKI =
      "3059301306072a8648ce3d020106082a8648ce3d0301070342000486568a1b4e3c81bcdc5de5743caa21a19d14"
          + "13f62dd3f7b107d4d6365bf755c28f847d3f7ff22e4315920c96e0528b8b2af078b081f755233957bb9487"
          + "bf096a";
  private static final String SPKI_SHA256 =
      "20d614d8533ca088fa6388136275b22cb3d21ec794085758e8c22aa17e5f0fcd";
  private static final String SPKI_SHA384 =
      "45a5db457ecaa29443c42b961b8ab1bee551f455ed7dae40c2c1c972d69a6231702ccba9920372d39e3807eb1bc5"
          + "74f4";
  private static final String CERTIFICATE_SHA256 =
      "bb0b9c63c2cf1fc36ee576452cd0d6397bb4b198b819419dfda901a9a98807bb";
  private static final String NO_APPLICATION_KEY =
      "0000000000000000000000000000000000000000000000000000000000000000";

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final SimulatedNsm nsm = SimulatedNsm.builder(
          CertificateChain.builder(root).build())
      .measurements(new byte[48], new byte[48], new byte[48])
      .build();
  private final AttestationVerifier verifier = AttestationVerifier.builder()
      .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
      .build();

  private static X509Certificate certificate() {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(Base64.getDecoder().decode(CERTIFICATE)));
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private VerificationResult judged(KeyBinding binding, String userData, String publicKey) {
    byte[] document = nsm.attest(
        Optional.empty(),
        Optional.of(userData).filter(d -> !d.isEmpty()).map(KeyBindingTest::hex),
        Optional.of(publicKey).filter(d -> !d.isEmpty()).map(KeyBindingTest::hex));
    Expectation.Builder any = Expectation.acceptAnyMeasurement().withoutNonce().acceptDebugMode();
    return verifier.verify(
        document, binding.demand(any, certificate(), document).build());
  }

  private void assertAccepted(KeyBinding binding, String userData, String publicKey) {
    VerificationResult result = judged(binding, userData, publicKey);
    assertEquals(VerifiedAttestation.class, result.getClass(), result::toString);
  }

  private void assertRefused(Reason reason, KeyBinding binding, String userData, String publicKey) {
    VerificationResult result = judged(binding, userData, publicKey);
    assertEquals(
        Optional.of(reason),
        result instanceof Rejection rejection ? Optional.of(rejection.reason()) : Optional.empty(),
        result::toString);
  }

  @ParameterizedTest
  @CsvSource({"SPKI_SHA256, " + SPKI_SHA256, "SPKI_SHA384, " + SPKI_SHA384, "SPKI, " + SPKI})
  void userDataIsExactlyTheseBytes(KeyBinding binding, String bytes) {
    assertAccepted(binding, bytes, "");
    assertAccepted(binding, bytes, "0102");
    assertRefused(Reason.USER_DATA_MISMATCH, binding, bytes + "00", "");
    assertRefused(Reason.USER_DATA_MISMATCH, binding, bytes.substring(2), "");
    assertRefused(Reason.USER_DATA_MISMATCH, binding, flipped(bytes), "");
    assertRefused(Reason.USER_DATA_MISMATCH, binding, "", SPKI);
  }

  @Test
  void publicKeyIsExactlyTheSpki() {
    assertAccepted(KeyBinding.PUBLIC_KEY, "", SPKI);
    assertRefused(Reason.PUBLIC_KEY_MISMATCH, KeyBinding.PUBLIC_KEY, "", SPKI + "00");
    assertRefused(Reason.PUBLIC_KEY_MISMATCH, KeyBinding.PUBLIC_KEY, "", flipped(SPKI));
    assertRefused(Reason.PUBLIC_KEY_MISMATCH, KeyBinding.PUBLIC_KEY, SPKI, "");
  }

  @ParameterizedTest
  @ValueSource(strings = {NO_APPLICATION_KEY, SPKI_SHA256})
  void nitridingsApplicationKeyMayBeAny(String applicationKey) {
    String bytes = "1220" + CERTIFICATE_SHA256 + "1220" + applicationKey;
    assertAccepted(KeyBinding.NITRIDING, bytes, "");
    assertRefused(Reason.USER_DATA_MISMATCH, KeyBinding.NITRIDING, flipped(bytes), "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        CERTIFICATE_SHA256,
        "1220" + CERTIFICATE_SHA256,
        "1220" + SPKI_SHA256 + "1220" + NO_APPLICATION_KEY,
        "1220" + NO_APPLICATION_KEY + "1220" + CERTIFICATE_SHA256,
        "1220" + CERTIFICATE_SHA256 + "1320" + NO_APPLICATION_KEY,
        "1320" + CERTIFICATE_SHA256 + "1220" + NO_APPLICATION_KEY,
        "1220" + CERTIFICATE_SHA256 + "1220" + NO_APPLICATION_KEY + "00"
      })
  void nitridingsLayoutMayNotBeAnother(String bytes) {
    assertRefused(Reason.USER_DATA_MISMATCH, KeyBinding.NITRIDING, bytes, "");
  }

  @Test
  void nitridingBindsTheCertificateAndTheOthersItsKey() {
    assertArrayEquals(
        Base64.getDecoder().decode(CERTIFICATE), KeyBinding.NITRIDING.subject(certificate()));
    for (KeyBinding binding : KeyBinding.values()) {
      if (binding != KeyBinding.NITRIDING) {
        assertArrayEquals(hex(SPKI), binding.subject(certificate()), binding::toString);
      }
    }
  }

  @Test
  void bytesThatAreNoDocumentAreLeftToTheVerifier() {
    Expectation.Builder any = Expectation.acceptAnyMeasurement().withoutNonce();
    byte[] garbage = {1, 2, 3};
    Expectation expectation =
        KeyBinding.NITRIDING.demand(any, certificate(), garbage).build();
    assertEquals(
        Reason.NOT_COSE_SIGN1, ((Rejection) verifier.verify(garbage, expectation)).reason());
  }

  private static String flipped(String hex) {
    byte[] bytes = hex(hex);
    bytes[bytes.length / 2] ^= 1;
    return HexFormat.of().formatHex(bytes);
  }
}
