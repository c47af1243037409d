package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import io.treza.platform.Wire.Answer;
import io.treza.platform.internal.sqlite.SqliteStore;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoredEnclave;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents for a caller's nonce and nothing else of the caller's; verdicts that are earned. */
@Timeout(60)
class AttestationApiTest {
  @TempDir
  private Path directory;

  private final FakeBackend backend = new FakeBackend();
  private TrezaPlatform platform;
  private Wire wire;
  private String id = "";

  @BeforeEach
  void deploy() throws Exception {
    platform = TrezaPlatform.builder(backend).start();
    wire = new Wire(platform);
    backend.launches.release(100);
    id = wire.create("a");
    wire.await(id, "DEPLOYED");
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private Answer attestation(String query) throws Exception {
    return wire.get("/api/enclaves/" + id + "/attestation" + query);
  }

  private String document(String nonceHex) throws Exception {
    return attestation("?nonce=" + nonceHex)
        .body()
        .at("/attestationDocument/document")
        .asText();
  }

  private JsonNode verify(String body) throws Exception {
    Answer answer = wire.send("POST", "/api/enclaves/" + id + "/attestation/verify", body);
    assertEquals(200, answer.status());
    return answer.body();
  }

  private static String json(String... pairs) {
    ObjectNode body = new ObjectMapper().createObjectNode();
    for (int i = 0; i < pairs.length; i += 2) {
      body.put(pairs[i], pairs[i + 1]);
    }
    return body.toString();
  }

  @Test
  void withoutANonceTheServerMakesOne() throws Exception {
    JsonNode first = attestation("").body();
    JsonNode second = attestation("").body();
    assertEquals(64, first.at("/attestationDocument/nonce").asText().length());
    assertNotEquals(
        first.at("/attestationDocument/nonce"), second.at("/attestationDocument/nonce"));
    String self = platform.baseUrl() + "/api/enclaves/" + id + "/attestation";
    assertEquals(self, first.at("/endpoints/apiEndpoint").asText());
    assertEquals(self + "/verify", first.at("/endpoints/verificationUrl").asText());
  }

  @Test
  void whatIsShownOfADocumentIsWhatItSays() throws Exception {
    JsonNode shown = attestation("?nonce=00ff").body().path("attestationDocument");
    AttestationDocument document = AttestationDocument.parse(
        Base64.getDecoder().decode(shown.path("document").asText()));
    assertEquals(document.moduleId(), shown.path("moduleId").asText());
    assertEquals(document.digest(), shown.path("digest").asText());
    assertEquals(document.timestamp().toEpochMilli(), shown.path("timestamp").asLong());
    assertEquals("00ff", shown.path("nonce").asText());
    assertEquals("01" + "00".repeat(47), shown.at("/pcrs/0").asText());
    assertEquals(document.pcrs().size(), shown.path("pcrs").size());
    assertEquals(
        Base64.getEncoder().encodeToString(document.certificate()),
        shown.path("certificate").asText());
    assertEquals(document.cabundle().size(), shown.path("cabundle").size());
    assertFalse(shown.has("publicKey"));
    assertFalse(shown.has("userData"));
  }

  @Test
  void theSummaryIsEarned() throws Exception {
    JsonNode good = attestation("").body().path("verification");
    assertTrue(good.path("isValid").asBoolean(), good.toString());
    assertEquals("VERIFIED", good.path("verificationStatus").asText());
    assertEquals("LOW", good.path("trustLevel").asText(), "a simulation proves little");
    backend.lies = true;
    JsonNode bad = attestation("").body().path("verification");
    assertFalse(bad.path("isValid").asBoolean(), bad.toString());
    assertEquals("FAILED", bad.path("verificationStatus").asText());
    assertEquals(0, bad.path("integrityScore").asInt());
    assertTrue(bad.path("errors").toString().contains("NONCE_MISMATCH"), bad.toString());
  }

  @Test
  void aDocumentCarriesTheNonceAndNothingElseOfTheCallers() throws Exception {
    String base64 = attestation("?nonce=00ff&public_key=aa&user_data=bb&userData=cc")
        .body()
        .at("/attestationDocument/document")
        .asText();
    AttestationDocument document = AttestationDocument.parse(Base64.getDecoder().decode(base64));
    assertEquals(Optional.of("00ff"), document.nonce().map(HexFormat.of()::formatHex));
    assertTrue(document.publicKey().isEmpty());
    assertTrue(document.userData().isEmpty());
  }

  @Test
  void theLongestNonceIsServed() throws Exception {
    assertFalse(document("ab".repeat(1024)).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "zz", "0x00", "00%2000"})
  void aNonceThatIsNotHexadecimalIsRefused(String nonce) throws Exception {
    assertEquals(400, attestation("?nonce=" + nonce).status());
  }

  @Test
  void aNonceThatIsTooLongIsRefused() throws Exception {
    assertEquals(400, attestation("?nonce=" + "ab".repeat(1025)).status());
  }

  @Test
  void theRecordedVerdictOnGarbageIsNotRepeated() throws Exception {
    assertTrue(Wire.recording("deployed-verify").at("/response/body/isValid").asBoolean());
    JsonNode verdict = wire.replay("deployed-verify", id).body();
    assertFalse(verdict.path("isValid").asBoolean(), verdict.toString());
    assertEquals("LOW", verdict.path("trustLevel").asText());
    verdict.path("verificationDetails").forEach(flag -> assertFalse(flag.asBoolean()));
    verdict.path("complianceChecks").forEach(flag -> assertFalse(flag.asBoolean()));
  }

  @Test
  void aDocumentOfTheEnclaveIsValidAndOnlyAsGoodAsASimulation() throws Exception {
    JsonNode verdict = verify(json("nonce", "0a0b", "attestationDocument", document("0a0b")));
    assertTrue(verdict.path("isValid").asBoolean(), verdict.toString());
    assertEquals("LOW", verdict.path("trustLevel").asText());
    verdict.path("verificationDetails").forEach(flag -> assertTrue(flag.asBoolean()));
    assertTrue(verdict.path("recommendations").toString().contains("Simulated"));
  }

  @Test
  void aReplayedDocumentIsNotValid() throws Exception {
    JsonNode verdict = verify(json("nonce", "0a0b", "attestationDocument", document("0a0c")));
    assertFalse(verdict.path("isValid").asBoolean());
    assertFalse(verdict.at("/verificationDetails/nonceMatches").asBoolean());
    assertTrue(verdict.path("recommendations").toString().contains("NONCE_MISMATCH"));
  }

  @Test
  void aNonceThatWasNotGivenDoesNotMatch() throws Exception {
    JsonNode verdict = verify("{}");
    assertTrue(verdict.path("isValid").asBoolean());
    assertFalse(verdict.at("/verificationDetails/nonceMatches").asBoolean());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"attestationDocument\":{}}",
        "{\"attestationDocument\":\"\"}",
        "{\"nonce\":7}",
        "not json",
        ""
      })
  void aRequestThatCannotBeReadGetsNoVerdict(String body) throws Exception {
    assertEquals(
        400,
        wire.send("POST", "/api/enclaves/" + id + "/attestation/verify", body).status());
  }

  @Test
  void withoutADocumentTheEnclaveIsAskedForOneWithTheNonce() throws Exception {
    JsonNode verdict = verify(json("nonce", "anything at all"));
    assertTrue(verdict.path("isValid").asBoolean());
    assertTrue(verdict.at("/verificationDetails/nonceMatches").asBoolean());
  }

  @Test
  void aDocumentOfAnotherImageIsNotValid() throws Exception {
    backend.image = 2;
    String other = wire.create("b");
    wire.await(other, "DEPLOYED");
    String document = wire.get("/api/enclaves/" + other + "/attestation?nonce=00ff")
        .body()
        .at("/attestationDocument/document")
        .asText();
    JsonNode verdict = verify(json("attestationDocument", document, "nonce", "00ff"));
    assertFalse(verdict.path("isValid").asBoolean());
    assertFalse(verdict.at("/verificationDetails/pcrVerification").asBoolean());
  }

  @Test
  void aDocumentOfAnotherEnclaveOfTheSameImageIsNotValid() throws Exception {
    String other = wire.create("a");
    wire.await(other, "DEPLOYED");
    String document = wire.get("/api/enclaves/" + other + "/attestation?nonce=00ff")
        .body()
        .at("/attestationDocument/document")
        .asText();
    JsonNode verdict = verify(json("attestationDocument", document, "nonce", "00ff"));
    assertFalse(verdict.path("isValid").asBoolean());
    assertTrue(verdict.at("/recommendations/0").asText().contains("of another enclave"));
    assertTrue(verdict.at("/verificationDetails/pcrVerification").asBoolean());
  }

  @Test
  void whatEndedSinceItsRecordWasReadGivesNoEvidence() throws Exception {
    StoredEnclave gone = StoredEnclave.created(
            new LaunchRequest("enc_gone", "a", "us-east-1", 2, 1024, false),
            Wire.WALLET,
            "{\"name\":\"gone\"}",
            Instant.EPOCH)
        .moved(EnclaveStatus.DEPLOYED, Instant.EPOCH);
    try (PlatformStore store = SqliteStore.open(directory.resolve("treza.db"));
        TrezaPlatform other = TrezaPlatform.builder(backend).store(store).start()) {
      assertTrue(store.enclaves().insert(gone));
      String attestation = "/api/enclaves/enc_gone/attestation";
      Wire there = new Wire(other);
      assertEquals(503, there.get(attestation).status());
      assertEquals(503, there.send("POST", attestation + "/verify", "{}").status());
      assertFalse(there.get(attestation + "/verify").body().path("isVerified").asBoolean());
    }
  }

  @Test
  void theStatusIsThatOfEvidenceHadJustNow() throws Exception {
    JsonNode status = wire.get("/api/enclaves/" + id + "/attestation/verify").body();
    assertTrue(status.path("isVerified").asBoolean());
    assertTrue(status.path("lastVerified").isTextual());
    assertEquals("LOW", status.path("trustLevel").asText());
    backend.lies = true;
    assertFalse(wire.get("/api/enclaves/" + id + "/attestation/verify")
        .body()
        .path("isVerified")
        .asBoolean());
  }

  @Test
  void registersAreShownUnderTheRecordedNames() throws Exception {
    JsonNode pcrs = wire.get("/api/enclaves/" + id + "/pcrs").body();
    assertEquals("01" + "00".repeat(47), pcrs.at("/pcrs/pcr0").asText());
    assertTrue(pcrs.path("message").isTextual());
  }
}
