package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import io.treza.platform.Wire.Answer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents for a caller's nonce and nothing else of the caller's; verdicts that are earned. */
@Timeout(60)
class AttestationApiTest {
  private final FakeBackend backend = new FakeBackend();
  private TrezaPlatform platform;
  private Wire wire;
  private String id = "";

  @BeforeEach
  void deploy() throws Exception {
    platform = TrezaPlatform.builder(backend).start();
    wire = new Wire(platform.baseUrl());
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
  void withoutANonceTheShapeIsTheRecordedOne() throws Exception {
    ObjectNode recorded =
        (ObjectNode) Wire.recordedAnswer("deployed-attestation").body();
    ObjectNode ours = (ObjectNode) attestation("").body();
    assertEquals(recorded.path("verification"), ours.path("verification"));
    String self = platform.baseUrl() + "/api/enclaves/" + id + "/attestation";
    assertEquals(self, ours.at("/endpoints/apiEndpoint").asText());
    assertEquals(self + "/verify", ours.at("/endpoints/verificationUrl").asText());
    assertEquals("01" + "00".repeat(47), ours.at("/attestationDocument/pcrs/0").asText());
    assertTrue(ours.at("/attestationDocument/document").isMissingNode());
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
    assertTrue(Wire.recordedAnswer("deployed-verify").body().path("isValid").asBoolean());
    JsonNode verdict = wire.replay("deployed-verify", id).body();
    assertFalse(verdict.path("isValid").asBoolean(), verdict.toString());
    assertEquals("UNKNOWN", verdict.path("trustLevel").asText());
    verdict.path("verificationDetails").forEach(flag -> assertFalse(flag.asBoolean()));
    verdict.path("complianceChecks").forEach(flag -> assertFalse(flag.asBoolean()));
  }

  @Test
  void theVerdictHasTheRecordedFields() throws Exception {
    JsonNode recorded = Wire.recordedAnswer("deployed-verify").body();
    JsonNode verdict = verify("{}");
    recorded.fieldNames().forEachRemaining(name -> assertTrue(verdict.has(name), name));
    for (String group : List.of("verificationDetails", "complianceChecks")) {
      recorded
          .path(group)
          .fieldNames()
          .forEachRemaining(name -> assertTrue(verdict.path(group).has(name), name));
    }
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
  void theVerdictByStatusCallsItselfAClaim() throws Exception {
    JsonNode claim = wire.get("/api/enclaves/" + id + "/attestation/verify").body();
    assertTrue(claim.path("isVerified").asBoolean());
    assertTrue(claim.path("lastVerified").isNull());
    assertTrue(claim.path("note").asText().contains("claim"), claim.toString());
  }

  @Test
  void aPendingEnclavesVerdictByStatusIsTheRecordedOneWithThatNote() throws Exception {
    backend.launches.drainPermits();
    wire.await(wire.create("b"), "DEPLOYING");
    wire.await(wire.create("c"), "DEPLOYING");
    String pending = wire.create("d");
    ObjectNode ours = (ObjectNode) wire.replay("vstatus-pending", pending).body();
    ObjectNode recorded = (ObjectNode) Wire.recordedAnswer("vstatus-pending").body();
    assertEquals(recorded.put("enclaveId", pending), ours.without("note"));
  }

  @Test
  void registersAreShownUnderTheRecordedNames() throws Exception {
    JsonNode pcrs = wire.get("/api/enclaves/" + id + "/pcrs").body();
    assertEquals("01" + "00".repeat(47), pcrs.at("/pcrs/pcr0").asText());
    assertTrue(pcrs.path("message").isTextual());
  }
}
