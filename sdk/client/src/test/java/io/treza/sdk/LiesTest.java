package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Reason;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A platform that says VERIFIED to everything convinces nobody: each test has it say so about other
 * evidence, or none, with every claim in its favour.
 */
@WireMockTest
class LiesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Expectation.NonceStage PINNED =
      Expectation.measurements(TestEnclave.RELEASE);

  private final InstantSource clock = () -> NOW;
  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, () -> NOW.minus(Duration.ofDays(1)));
  private WireMockRuntimeInfo server;

  @BeforeEach
  void everyClaimIsMade(WireMockRuntimeInfo info) {
    server = info;
    String pcrs = "{\"0\":\"" + "11".repeat(48) + "\",\"1\":\"" + "22".repeat(48) + "\",\"2\":\""
        + "33".repeat(48) + "\"}";
    answer("", "{\"enclave\":{\"id\":\"e\",\"status\":\"DEPLOYED\"}}");
    answer(
        "/attestation",
        "{\"attestationDocument\":{\"pcrs\":" + pcrs
            + "},\"verification\":{\"verificationStatus\":\"VERIFIED\","
            + "\"integrityScore\":95,\"trustLevel\":\"HIGH\"}}");
    answer(
        "/attestation/verify",
        "{\"enclaveId\":\"e\",\"isVerified\":true,\"status\":\"DEPLOYED\",\"isValid\":true,"
            + "\"trustLevel\":\"HIGH\",\"verificationDetails\":{\"nonceMatches\":true}}");
  }

  private void answer(String below, String json) {
    server
        .getWireMock()
        .register(any(urlPathEqualTo("/api/enclaves/e" + below)).willReturn(okJson(json)));
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .pacing(new FakePacing())
        .verifier(AttestationVerifier.builder()
            .clock(clock)
            .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
            .build());
  }

  private SimulatedNsm.Builder machine(InstantSource when, String instance) {
    return SimulatedNsm.builder(
        CertificateChain.builder(root).clock(when).instanceId(instance).build());
  }

  private SimulatedNsm.Builder released(InstantSource when, String instance) {
    return machine(when, instance).measurements(pcr("11"), pcr("22"), pcr("33"));
  }

  private static byte[] pcr(String digits) {
    return HexFormat.of().parseHex(digits.repeat(48));
  }

  private static EvidenceSource honest(SimulatedNsm nsm) {
    return (id, nonce) -> nsm.attest(Optional.of(nonce), Optional.empty(), Optional.empty());
  }

  private Reason refusal(EvidenceSource source, UnaryOperator<Expectation.Builder> more) {
    try (TrezaClient client = builder().evidenceSource(source).build()) {
      return assertThrows(
              AttestationRejectedException.class, () -> client.verifyAttestation("e", PINNED, more))
          .reason();
    }
  }

  private Reason refusal(EvidenceSource source) {
    return refusal(source, UnaryOperator.identity());
  }

  @Test
  void theTruthIsBelieved() throws AttestationRejectedException {
    try (TrezaClient client = builder()
        .evidenceSource(honest(released(clock, "sim-i-0123456789abcdef0").build()))
        .build()) {
      assertEquals(
          TestEnclave.RELEASE,
          client
              .verifyAttestation("e", PINNED, e -> e.instanceId("sim-i-0123456789abcdef0"))
              .measurements()
              .orElseThrow());
    }
  }

  @Test
  void claimsWithoutEvidenceAreNoEvidence() {
    try (TrezaClient client = builder().build()) {
      assertTrue(client.getVerificationStatus("e").claimedVerified());
      assertTrue(client.requestVerdict("e", VerdictRequest.EMPTY).claimedValid());
      assertThrows(TrezaException.NoEvidence.class, () -> client.verifyAttestation("e", PINNED));
      assertThrows(
          TrezaException.NoEvidence.class,
          () -> client.waitUntilAttested("e", PINNED, Duration.ofMinutes(1)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "garbage", "\u0000", "{\"isValid\":true}"})
  void garbageInPlaceOfADocumentIsRefused(String document) {
    answer(
        "/attestation",
        "{\"attestationDocument\":{\"document\":\""
            + Base64.getEncoder().encodeToString(document.getBytes(UTF_8))
            + "\"},\"verification\":{\"verificationStatus\":\"VERIFIED\"}}");
    try (TrezaClient client = builder().build()) {
      assertFalse(assertThrows(
              AttestationRejectedException.class, () -> client.verifyAttestation("e", PINNED))
          .rejection()
          .authenticated());
    }
  }

  @Test
  void anEnclaveInDebugModeShowsZeroesAndIsRefused() {
    SimulatedNsm debug =
        released(clock, "sim-i-0123456789abcdef0").debugMode(true).build();
    assertEquals(Reason.DEBUG_MODE, refusal(honest(debug)));
    assertEquals(
        Reason.MEASUREMENT_MISMATCH, refusal(honest(debug), Expectation.Builder::acceptDebugMode));
  }

  @Test
  void anotherImageIsRefused() {
    SimulatedNsm other = machine(clock, "sim-i-0123456789abcdef0")
        .measurements(pcr("44"), pcr("22"), pcr("33"))
        .build();
    assertEquals(Reason.MEASUREMENT_MISMATCH, refusal(honest(other)));
  }

  @Test
  void anotherEnclavesDocumentIsRefusedWhereOneIsNamed() {
    SimulatedNsm twin = released(clock, "sim-i-0fedcba9876543210").build();
    assertEquals(
        Reason.INSTANCE_ID_MISMATCH,
        refusal(honest(twin), e -> e.instanceId("sim-i-0123456789abcdef0")));
  }

  @Test
  void anotherNonceIsRefused() {
    SimulatedNsm nsm = released(clock, "sim-i-0123456789abcdef0").build();
    assertEquals(
        Reason.NONCE_MISMATCH,
        refusal((id, nonce) ->
            nsm.attest(Optional.of(new byte[32]), Optional.empty(), Optional.empty())));
    assertEquals(
        Reason.NONCE_MISMATCH,
        refusal((id, nonce) -> nsm.attest(Optional.empty(), Optional.empty(), Optional.empty())));
  }

  @Test
  void aStaleDocumentIsRefusedThoughItsNonceIsRight() {
    InstantSource earlier = () -> NOW.minus(Duration.ofMinutes(10));
    SimulatedNsm nsm = released(earlier, "sim-i-0123456789abcdef0").build();
    assertEquals(Reason.TOO_OLD, refusal(honest(nsm)));
  }

  @Test
  void anotherRootIsRefused() {
    DevelopmentRoot theirs = DevelopmentRoot.create(Naming.SIMULATED, clock);
    SimulatedNsm nsm = SimulatedNsm.builder(
            CertificateChain.builder(theirs).clock(clock).build())
        .measurements(pcr("11"), pcr("22"), pcr("33"))
        .build();
    assertEquals(Reason.UNTRUSTED_ROOT, refusal(honest(nsm)));
  }

  @Test
  void aDocumentWithAChangedByteIsRefused() {
    SimulatedNsm nsm = released(clock, "sim-i-0123456789abcdef0").build();
    assertEquals(Reason.DOCUMENT_SIGNATURE, refusal((id, nonce) -> {
      byte[] document = honest(nsm).evidence(id, nonce);
      document[document.length - 1] ^= 1;
      return document;
    }));
  }

  @Test
  void claimedRegistersDecideNothing() throws AttestationRejectedException {
    answer(
        "/attestation",
        "{\"attestationDocument\":{\"pcrs\":{\"0\":\"00\"}},\"verification\":"
            + "{\"verificationStatus\":\"FAILED\",\"trustLevel\":\"LOW\"}}");
    try (TrezaClient client = builder()
        .evidenceSource(honest(released(clock, "sim-i-0123456789abcdef0").build()))
        .build()) {
      client.verifyAttestation("e", PINNED);
    }
    assertEquals(0, server.getWireMock().find(anyRequestedFor(anyUrl())).size());
  }
}
