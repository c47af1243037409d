package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.testkit.Pcrs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an expectation refuses to be built from, so that no pin is vacuous or cannot match. */
class ExpectationTest {
  private static final String ROLE = "arn:aws:iam::123456789012:role/Webserver";

  private static Expectation.Builder builder() {
    return Expectation.acceptAnyMeasurement().withoutNonce();
  }

  @Test
  void refusesToAcceptNoRelease() {
    assertThrows(IllegalArgumentException.class, () -> Expectation.measurements(List.of()));
  }

  @Test
  void refusesValuesNoDocumentCanHold() {
    Stream.<Supplier<Object>>of(
            () -> Expectation.acceptAnyMeasurement().nonce(new byte[0]),
            () -> Expectation.acceptAnyMeasurement().nonce(new byte[1025]),
            () -> builder().userData(new byte[1025]),
            () -> builder().publicKey(new byte[0]),
            () -> builder().publicKey(new byte[1025]),
            () -> builder().signingCertificate(new byte[0]))
        .forEach(build -> assertThrows(IllegalArgumentException.class, build::get));
  }

  @Test
  void takesValuesUpToTheLargest() {
    Expectation.acceptAnyMeasurement().nonce(new byte[1]);
    Expectation.acceptAnyMeasurement().nonce(new byte[1024]);
    Expectation expectation = builder()
        .userData(new byte[0])
        .publicKey(new byte[1])
        .publicKey(new byte[1024])
        .build();
    assertEquals(0, expectation.userData().orElseThrow().length);
    assertEquals(1024, expectation.publicKey().orElseThrow().length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Webserver",
        "arn:aws:sts::123456789012:assumed-role/Webserver/i-0123456789abcdef0",
        "arn:aws:iam::123456789012:user/Webserver",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:instance-profile/Webserver",
        "arn:aws:iam::12345678901:role/Webserver",
        "arn:aws:iam::1234567890123:role/Webserver",
        "arn:aws:iam:us-east-1:123456789012:role/Webserver",
        "arn:AWS:iam::123456789012:role/Webserver",
        " arn:aws:iam::123456789012:role/Webserver",
        "arn:aws:iam::123456789012:role/Webserver ",
        "arn:aws:iam::123456789012:role/Webserver\n"
      })
  void refusesWhatIsNoRoleArn(String arn) {
    assertThrows(IllegalArgumentException.class, () -> builder().roleArn(arn));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ROLE,
        "arn:aws:iam::123456789012:role/division/team/Webserver",
        "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/R_+=,.@-",
        "arn:aws-us-gov:iam::123456789012:role/Webserver",
        "arn:aws-cn:iam::123456789012:role/Webserver"
      })
  void measuresRoleArnAsItStands(String arn) {
    assertEquals(
        PcrValue.of(Pcrs.ofRole(arn)), builder().roleArn(arn).build().rolePcr().orElseThrow());
  }

  /** AWS user guide, "Where to get an enclave's measurements", the example for PCR3. */
  @Test
  void measuresAwsExampleRole() {
    String pcr3 = builder().roleArn(ROLE).build().rolePcr().orElseThrow().toString();
    assertTrue(pcr3.startsWith("78fce75d") && pcr3.endsWith("6921e6"), pcr3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "i-",
        "0123456789abcdef0",
        "i-0123456",
        "i-0123456789abcdef01",
        "i-0123456789ABCDEF0",
        "i-0123456789abcdef0-enc0",
        "mi-0123456789abcdef0",
        "i-0123456789abcdef0\n"
      })
  void refusesWhatIsNoInstanceId(String id) {
    assertThrows(IllegalArgumentException.class, () -> builder().instanceId(id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "i-0123456789abcdef0",
        "i-0123456789abcdef0-enc",
        "i-0123456789abcdef0-encX",
        "i-0123456789abcdef0-ENC0123456789abcdef",
        "i-0123456789abcdef0-enc0123456789abcdef\n",
        "arn-i-0123456789abcdef0-enc0123456789abcdef"
      })
  void refusesWhatIsNoModuleId(String id) {
    assertThrows(IllegalArgumentException.class, () -> builder().moduleId(id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"i-01234567", "i-0123456789abcdef0", "sim-i-0123456789abcdef0"})
  void takesInstanceIdsOfEveryAge(String id) {
    assertEquals(id, builder().instanceId(id).build().instanceId().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "US-EAST-1", "us east 1", "us-east-1.", "-us", "us-", "us--east"})
  void refusesWhatIsNoRegion(String region) {
    assertThrows(IllegalArgumentException.class, () -> builder().region(region));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-----BEGIN CERTIFICATE-----\nAAAA",
        "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
            + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
      })
  void refusesPemThatIsNotOneCertificate(String pem) {
    byte[] bytes = pem.getBytes(StandardCharsets.US_ASCII);
    assertThrows(IllegalArgumentException.class, () -> builder().signingCertificate(bytes));
  }

  @Test
  void measuresSigningCertificateByItsDer() {
    byte[] der = Trial.ROOT.certificate().der();
    PcrValue expected = PcrValue.of(Pcrs.ofSigningCertificate(der));
    byte[] pem = ("text in front\n-----BEGIN CERTIFICATE-----\r\n"
            + Base64.getMimeEncoder().encodeToString(der)
            + "\r\n-----END CERTIFICATE-----\nand behind")
        .getBytes(StandardCharsets.US_ASCII);
    for (byte[] given : List.of(der, pem)) {
      assertEquals(
          expected, builder().signingCertificate(given).build().signerPcr().orElseThrow());
    }
  }

  @Test
  void copiesArraysIn() {
    byte[] nonce = {1};
    byte[] data = {2};
    Expectation expectation =
        Expectation.acceptAnyMeasurement().nonce(nonce).userData(data).build();
    nonce[0] = 9;
    data[0] = 9;
    Trial trial = new Trial()
        .document(d -> d.nonce(new byte[] {1}).userData(new byte[] {2}))
        .expecting(expectation);
    assertInstanceOf(VerifiedAttestation.class, trial.judge());
  }

  @Test
  void acceptsNoDebugModeUnlessTold() {
    assertFalse(builder().build().debugModeAccepted());
    assertTrue(builder().acceptDebugMode().build().debugModeAccepted());
  }

  @Test
  void refusesToAcceptNoReferenceValues() {
    assertThrows(IllegalArgumentException.class, () -> Expectation.releases(List.of()));
  }

  @Test
  void demandsAnAuditOnlyOfPublishedReleases() {
    Duration week = Duration.ofDays(7);
    assertThrows(IllegalStateException.class, () -> builder().requireAudit(Set.of("H01"), week));
    Expectation.Builder pinned =
        Expectation.measurements(ExpectationFaultsTest.release(1).build()).withoutNonce();
    assertThrows(IllegalStateException.class, () -> pinned.requireAudit(Set.of("H01"), week));
    Expectation.Builder published = Expectation.releases(ReferenceValues.builder("a")
            .release(ExpectationFaultsTest.release(1).build())
            .build())
        .withoutNonce();
    Stream.<Supplier<Object>>of(
            () -> published.requireAudit(Set.of(), week),
            () -> published.requireAudit(Set.of("h01"), week),
            () -> published.requireAudit(Set.of("H01"), Duration.ZERO),
            () -> published.requireAudit(Set.of("H01"), week.negated()))
        .forEach(demand -> assertThrows(IllegalArgumentException.class, demand::get));
  }
}
