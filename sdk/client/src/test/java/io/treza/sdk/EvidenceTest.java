package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.attestation.VerifiedAttestation;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Evidence decides, and nothing the platform says beside it. */
@WireMockTest
class EvidenceTest {
  private final TestEnclave enclave = new TestEnclave();
  private final Expectation.NonceStage pinned = Expectation.measurements(TestEnclave.RELEASE);
  private WireMockRuntimeInfo server;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress("0x1")
        .apiKey("treza_live_secret")
        .verifier(enclave.verifier());
  }

  private void everythingAnswers(ResponseDefinitionBuilder answer) {
    server.getWireMock().register(any(anyUrl()).willReturn(answer));
  }

  private static String withDocument(String base64) {
    return "{\"attestationDocument\":{\"pcrs\":{},\"document\":\"" + base64 + "\"},"
        + "\"verification\":{\"verificationStatus\":\"VERIFIED\",\"trustLevel\":\"HIGH\"}}";
  }

  private EvidenceSource endpoint() {
    return EvidenceSource.http(URI.create(server.getHttpBaseUrl() + "/evidence?tenant=7"));
  }

  @Test
  void evidenceWithTheFreshNonceVerifies() throws AttestationRejectedException {
    try (TrezaClient client =
        builder().evidenceSource((id, n) -> enclave.attest(n)).build()) {
      VerifiedAttestation attested = client.verifyAttestation("e", pinned);
      assertEquals(TestEnclave.RELEASE, attested.measurements().orElseThrow());
    }
  }

  @Test
  void everyVerificationMakesItsOwnNonce() throws AttestationRejectedException {
    List<byte[]> nonces = new ArrayList<>();
    EvidenceSource source = (id, nonce) -> {
      nonces.add(nonce);
      return enclave.attest(nonce);
    };
    try (TrezaClient client = builder().evidenceSource(source).build()) {
      client.verifyAttestation("e", pinned);
      client.verifyAttestation("e", pinned);
    }
    assertEquals(32, nonces.get(0).length);
    assertFalse(Arrays.equals(nonces.get(0), nonces.get(1)));
  }

  @Test
  void aReplayedDocumentIsRefused() {
    byte[] recorded = enclave.attest(new byte[32]);
    try (TrezaClient client = builder().evidenceSource((id, nonce) -> recorded).build()) {
      assertEquals(Reason.NONCE_MISMATCH, rejection(client).reason());
    }
  }

  @Test
  void otherMeasurementsAreRefused() {
    try (TrezaClient client =
        builder().evidenceSource((id, n) -> enclave.attest(n)).build()) {
      Expectation.NonceStage other = Expectation.measurements(
          Measurements.of("11".repeat(48), "22".repeat(48), "44".repeat(48)));
      assertEquals(
          Reason.MEASUREMENT_MISMATCH,
          assertThrows(
                  AttestationRejectedException.class, () -> client.verifyAttestation("e", other))
              .reason());
    }
  }

  @Test
  void moreDemandsAreMade() {
    try (TrezaClient client =
        builder().evidenceSource((id, n) -> enclave.attest(n)).build()) {
      assertEquals(
          Reason.USER_DATA_MISMATCH,
          assertThrows(
                  AttestationRejectedException.class,
                  () ->
                      client.verifyAttestation("e", pinned, more -> more.userData(new byte[] {1})))
              .reason());
    }
  }

  @Test
  void aSimulatedEnclaveIsRefusedUnderTheDefaultRoot() {
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .evidenceSource((id, nonce) -> enclave.attest(nonce))
        .build()) {
      assertEquals(Reason.UNTRUSTED_ROOT, rejection(client).reason());
    }
  }

  @Test
  void theRecordedPlatformsVerdictOnGarbageIsNeitherAskedForNorBelieved() throws IOException {
    Recording verdict = Recording.named("deployed-verify");
    assertEquals("garbage", verdict.request().at("/body/attestationDocument").textValue());
    assertTrue(verdict.response().at("/body/isValid").booleanValue());
    verdict.replay(server);
    Recording.named("deployed-vstatus").replay(server);
    server
        .getWireMock()
        .register(any(urlPathEqualTo("/api/enclaves/" + Recording.ENCLAVE + "/attestation"))
            .willReturn(okJson(
                withDocument(Base64.getEncoder().encodeToString("garbage".getBytes(UTF_8))))));
    try (TrezaClient client = builder().build()) {
      assertThrows(
          AttestationRejectedException.class,
          () -> client.verifyAttestation(Recording.ENCLAVE, pinned));
    }
    assertEquals(
        0,
        Recording.requests(
            server,
            RequestMethod.ANY,
            "/api/enclaves/" + Recording.ENCLAVE + "/attestation/verify"));
  }

  @Test
  void withoutADocumentItSaysWhatToDo() {
    everythingAnswers(okJson("{\"attestationDocument\":{\"pcrs\":{\"0\":\"aa\"}},"
        + "\"verification\":{\"verificationStatus\":\"VERIFIED\",\"trustLevel\":\"HIGH\"}}"));
    try (TrezaClient client = builder().build()) {
      TrezaException failure = assertThrows(
          TrezaException.NoEvidence.class, () -> client.verifyAttestation("e", pinned));
      assertTrue(failure.toString().contains("EvidenceSource.http"), failure.toString());
    }
  }

  @Test
  void thePlatformsDocumentIsHandedOutAsReceived() {
    everythingAnswers(okJson(withDocument("AQID")));
    try (TrezaClient client = builder().build()) {
      AttestationClaim claim = client.getAttestation("e");
      claim.document().orElseThrow()[0] = 9;
      assertArrayEquals(new byte[] {1, 2, 3}, claim.document().orElseThrow());
      assertTrue(claim.toString().contains("unverified"), claim.toString());
    }
  }

  @Test
  void thePlatformIsAskedWithTheNonceInHex() {
    everythingAnswers(okJson(withDocument("AQID")));
    try (TrezaClient client = builder().build()) {
      assertThrows(AttestationRejectedException.class, () -> client.verifyAttestation("e", pinned));
    }
    assertTrue(lastRequest().getUrl().matches("/api/enclaves/e/attestation\\?nonce=[0-9a-f]{64}"));
  }

  @Test
  void theWorkloadsEndpointGetsTheNonceAndNoCredentials() throws IOException {
    everythingAnswers(
        aResponse().withHeader("Content-Type", "application/cbor").withBody(new byte[] {1, 2}));
    byte[] nonce = new byte[32];
    nonce[0] = (byte) 0xab;
    assertArrayEquals(new byte[] {1, 2}, endpoint().evidence("e", nonce));
    LoggedRequest request = lastRequest();
    assertEquals("/evidence?tenant=7&nonce=" + HexFormat.of().formatHex(nonce), request.getUrl());
    assertFalse(request.containsHeader("Authorization"));
    assertFalse(request.containsHeader("x-treza-wallet"));
  }

  @Test
  void theWorkloadsEndpointMayAnswerInBase64() throws IOException {
    everythingAnswers(
        aResponse().withHeader("Content-Type", "text/plain; charset=utf-8").withBody("AQ\nID\n"));
    assertArrayEquals(new byte[] {1, 2, 3}, endpoint().evidence("e", new byte[32]));
  }

  @Test
  void anEndpointThatAnswersAPageIsUnexpected() {
    everythingAnswers(aResponse().withHeader("Content-Type", "text/html").withBody("<html>"));
    unexpected("text/html");
  }

  @Test
  void anEndpointWhoseTextIsNoBase64IsUnexpected() {
    everythingAnswers(aResponse().withHeader("Content-Type", "text/plain").withBody("no!"));
    unexpected("base64");
  }

  @Test
  void anEndpointThatAnswersWithoutEndIsCut() {
    everythingAnswers(aResponse()
        .withHeader("Content-Type", "application/octet-stream")
        .withBody(new byte[64 * 1024 + 1]));
    unexpected("longer than 65536 bytes");
  }

  @Test
  void aSourceThatCannotBeReachedIsANetworkFailure() {
    EvidenceSource unplugged = (id, nonce) -> {
      throw new IOException("unplugged");
    };
    try (TrezaClient client = builder().evidenceSource(unplugged).build()) {
      assertTrue(
          assertThrows(TrezaException.Network.class, () -> client.verifyAttestation("e", pinned))
              .toString()
              .contains("unplugged"));
    }
  }

  private void unexpected(String text) {
    EvidenceSource source = endpoint();
    TrezaException failure = assertThrows(
        TrezaException.UnexpectedAnswer.class, () -> source.evidence("e", new byte[32]));
    assertTrue(failure.toString().contains(text), failure.toString());
  }

  private AttestationRejectedException rejection(TrezaClient client) {
    return assertThrows(
        AttestationRejectedException.class, () -> client.verifyAttestation("e", pinned));
  }

  private LoggedRequest lastRequest() {
    return server.getWireMock().getServeEvents().get(0).getRequest();
  }
}
