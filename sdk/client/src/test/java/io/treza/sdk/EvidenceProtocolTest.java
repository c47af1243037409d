package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ProtocolException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way of asking for evidence, to the byte. */
class EvidenceProtocolTest {
  private static final URI WORKLOAD = URI.create("https://enclave.test:8443");

  private static byte[] nonce(int bytes) {
    byte[] nonce = new byte[bytes];
    Arrays.fill(nonce, (byte) 0xfb);
    return nonce;
  }

  private static EvidenceProtocol template(String template) {
    return EvidenceProtocol.template(template, KeyBinding.SPKI_SHA256);
  }

  @Test
  void nitridingTakesTwentyBytesInHex() {
    assertEquals(
        "https://enclave.test:8443/enclave/attestation?nonce=" + "fb".repeat(20),
        EvidenceProtocol.nitriding().address(WORKLOAD, "e", nonce(20)).toString());
    assertEquals(KeyBinding.NITRIDING, EvidenceProtocol.nitriding().keyBinding());
  }

  @Test
  void evervaultTakesNoNonce() {
    assertEquals(
        "https://enclave.test:8443/.well-known/attestation",
        EvidenceProtocol.evervault().address(WORKLOAD, "e", new byte[0]).toString());
    assertEquals(KeyBinding.SPKI, EvidenceProtocol.evervault().keyBinding());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 19, 21, 32})
  void aNonceOfAnotherLengthIsNotSent(int bytes) {
    EvidenceProtocol protocol = EvidenceProtocol.nitriding();
    assertThrows(
        IllegalArgumentException.class, () -> protocol.address(WORKLOAD, "e", nonce(bytes)));
  }

  @Test
  void aTemplateTakesTheNonceInHexOrBase64url() {
    assertEquals(
        "https://enclave.test:8443/a/" + "fb".repeat(32) + "/b?c=d",
        template("/a/{nonce}/b?c=d").address(WORKLOAD, "e", nonce(32)).toString());
    String base64url = Base64.getUrlEncoder().withoutPadding().encodeToString(nonce(32));
    assertTrue(base64url.contains("-") || base64url.contains("_"), base64url);
    assertEquals(
        "https://enclave.test:8443/a?n=" + base64url,
        template("/a?n={nonce:base64url}").address(WORKLOAD, "e", nonce(32)).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "enc-1_~, enc-1_~",
    "a/b?c#d, a%2Fb%3Fc%23d",
    "a b+%, a%20b%2B%25",
    "{nonce}, %7Bnonce%7D",
    "..a, ..a"
  })
  void theEnclavesIdStaysOnePartOfTheAddress(String id, String written) {
    URI address = template("/e/{enclaveId}?n={nonce}").address(WORKLOAD, id, nonce(32));
    assertEquals("/e/" + written.replace("~", "%7E"), address.getRawPath());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", ".."})
  void anIdThatWouldChangeThePathIsRefused(String id) {
    EvidenceProtocol protocol = template("/e/{enclaveId}?n={nonce}");
    assertThrows(IllegalArgumentException.class, () -> protocol.address(WORKLOAD, id, nonce(32)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/attestation",
        "attestation?n={nonce}",
        "//other.test/?n={nonce}",
        "https://other.test/?n={nonce}",
        "/a?n={nonce}#f",
        "/a?n={nonce}&x={other}",
        "/a b?n={nonce}",
        ""
      })
  void aTemplateThatIsNoneIsRefusedAtOnce(String template) {
    assertThrows(IllegalArgumentException.class, () -> template(template));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/plain | AQID",
        "Text/Plain; charset=utf-8 | 'AQ\nID\n'",
        "application/json | '{\"attestation_doc\":\"AQID\",\"more\":1}'"
      })
  void documentsInTextAreDecoded(String type, String body) throws ProtocolException {
    assertArrayEquals(
        new byte[] {1, 2, 3},
        EvidenceProtocol.evervault().document(type, body.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/cbor", "application/octet-stream"})
  void rawDocumentsAreTakenAsTheyAre(String type) throws ProtocolException {
    byte[] body = {1, 2, 3};
    assertArrayEquals(body, EvidenceProtocol.nitriding().document(type, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/html | <html> | text/html",
        "'' | AQID | content type",
        "text/plain | no! | not base64",
        "application/json | {} | attestation_doc",
        "application/json | '{\"attestation_doc\":[1]}' | attestation_doc",
        "application/json | '{\"attestation_doc\":\"no!\"}' | not base64",
        "application/json | <html> | attestation_doc"
      })
  void anythingElseIsNamed(String type, String body, String named) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    ProtocolException failure = assertThrows(
        ProtocolException.class, () -> EvidenceProtocol.nitriding().document(type, bytes));
    assertTrue(String.valueOf(failure.getMessage()).contains(named), failure::toString);
  }

  @Test
  void aLongAnswerIsNamed() {
    byte[] longer = new byte[EvidenceProtocol.MAX_ANSWER_BYTES + 1];
    assertThrows(
        ProtocolException.class,
        () -> EvidenceProtocol.nitriding().document("application/cbor", longer));
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://enclave.test/path", "https://enclave.test/?q", "ftp://enclave"})
  void aSourceTakesAnOrigin(String address) {
    assertThrows(
        IllegalArgumentException.class,
        () -> EvidenceSource.http(URI.create(address), EvidenceProtocol.nitriding()));
  }

  @Test
  void aSourceSaysHowLongANonceItTakes() {
    assertEquals(20, EvidenceSource.http(WORKLOAD, EvidenceProtocol.nitriding()).nonceBytes());
    assertEquals(0, EvidenceSource.http(WORKLOAD, EvidenceProtocol.evervault()).nonceBytes());
    assertEquals(32, EvidenceSource.http(WORKLOAD).nonceBytes());
    EvidenceSource callback = (id, nonce) -> new byte[0];
    assertEquals(32, callback.nonceBytes());
  }

  @Test
  void thePlatformsClientTakesNoSourceWithoutNonce() {
    EvidenceSource nonceless = EvidenceSource.http(WORKLOAD, EvidenceProtocol.evervault());
    assertThrows(
        IllegalArgumentException.class, () -> TrezaClient.builder().evidenceSource(nonceless));
  }
}
