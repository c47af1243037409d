package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Workloads of other makes are asked in their own way, and verified in ours. */
class WorkloadEvidenceTest {
  private final TestEnclave enclave = new TestEnclave();
  private final MockWebServer server = new MockWebServer();
  private final URI workload;

  private interface Answer {
    MockResponse to(RecordedRequest request);
  }

  WorkloadEvidenceTest() throws IOException {
    server.start(InetAddress.getLoopbackAddress(), 0);
    workload = URI.create("http://localhost:" + server.getPort());
  }

  @BeforeEach
  void answerAsNitridingDoes() {
    answering(request -> text(enclave.attest(HexFormat.of()
        .parseHex(Optional.ofNullable(request.getUrl().queryParameter("nonce")).orElseThrow()))));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void answering(Answer answer) {
    server.setDispatcher(new Dispatcher() {
      @Override
      public MockResponse dispatch(RecordedRequest request) {
        return answer.to(request);
      }
    });
  }

  private static MockResponse text(byte[] document) {
    return new MockResponse.Builder()
        .setHeader("Content-Type", "text/plain; charset=utf-8")
        .body(Base64.getEncoder().encodeToString(document) + "\n")
        .build();
  }

  @Test
  void nitridingIsSentTwentyBytesAndTheSameTwentyAreExpected()
      throws AttestationRejectedException, InterruptedException {
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create("http://localhost:1"))
        .verifier(enclave.verifier())
        .evidenceSource(EvidenceSource.http(workload, EvidenceProtocol.nitriding()))
        .build()) {
      assertEquals(
          TestEnclave.RELEASE,
          client
              .verifyAttestation("e", Expectation.measurements(TestEnclave.RELEASE))
              .measurements()
              .orElseThrow());
    }
    String target = server.takeRequest().getTarget();
    assertTrue(target.matches("/enclave/attestation\\?nonce=[0-9a-f]{40}"), target);
  }

  @Test
  void evervaultIsSentNoNonce() throws IOException, InterruptedException {
    answering(request -> new MockResponse.Builder()
        .setHeader("Content-Type", "application/json")
        .body("{\"attestation_doc\":\"AQID\"}")
        .build());
    assertArrayEquals(
        new byte[] {1, 2, 3},
        EvidenceSource.http(workload, EvidenceProtocol.evervault()).evidence("e", new byte[0]));
    assertEquals("/.well-known/attestation", server.takeRequest().getTarget());
  }

  @Test
  void aTemplateNamesTheEnclave() throws IOException, InterruptedException {
    EvidenceProtocol protocol =
        EvidenceProtocol.template("/of/{enclaveId}?nonce={nonce}", KeyBinding.SPKI_SHA256);
    EvidenceSource.http(workload, protocol).evidence("enc/1", new byte[32]);
    assertEquals("/of/enc%2F1?nonce=" + "00".repeat(32), server.takeRequest().getTarget());
  }

  @Test
  void aRedirectIsNotFollowed() {
    answering(request -> new MockResponse.Builder()
        .code(302)
        .setHeader("Location", workload.resolve("/elsewhere").toString())
        .build());
    EvidenceSource source = EvidenceSource.http(workload, EvidenceProtocol.nitriding());
    assertThrows(TrezaException.UnexpectedAnswer.class, () -> source.evidence("e", new byte[20]));
    assertEquals(1, server.getRequestCount());
  }
}
