package io.treza.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A fake enclave's evidence is about the key that it serves TLS with, in the layouts promised. */
class FakeEnclaveTest {
  private static final String NONCE = "0b".repeat(20);

  private FakeEnclave enclave;

  @BeforeEach
  void start() throws IOException {
    enclave = FakeEnclave.start();
  }

  @AfterEach
  void stop() {
    enclave.close();
  }

  /** A client that takes any certificate, with connections of its own. */
  private static HttpResponse<byte[]> get(URI address) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    HttpRequest request =
        HttpRequest.newBuilder(address).header("X-Secret", "s").build();
    return HttpClient.newBuilder()
        .sslContext(context)
        .build()
        .send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> get(String target) throws Exception {
    return get(enclave.address().resolve(target));
  }

  private static Certificate peer(HttpResponse<?> answer) throws Exception {
    return answer.sslSession().orElseThrow().getPeerCertificates()[0];
  }

  private static byte[] digest(String algorithm, byte[] data) throws GeneralSecurityException {
    return MessageDigest.getInstance(algorithm).digest(data);
  }

  private static byte[] field(byte[] document, String name) {
    return DecodedDocument.read(document).payload().get(name).content();
  }

  @ParameterizedTest
  @EnumSource(FakeEnclave.Binding.class)
  void evidenceBindsTheKeyOfTheConnection(FakeEnclave.Binding binding) throws Exception {
    try (FakeEnclave other = FakeEnclave.builder().binding(binding).start()) {
      HttpResponse<byte[]> answer = get(other.address().resolve("/attestation?nonce=" + NONCE));
      byte[] spki = peer(answer).getPublicKey().getEncoded();
      assertEquals(
          "application/cbor", answer.headers().firstValue("Content-Type").orElseThrow());
      switch (binding) {
        case USER_DATA_SHA256 ->
          assertArrayEquals(digest("SHA-256", spki), field(answer.body(), "user_data"));
        case USER_DATA_SHA384 ->
          assertArrayEquals(digest("SHA-384", spki), field(answer.body(), "user_data"));
        case PUBLIC_KEY -> assertArrayEquals(spki, field(answer.body(), "public_key"));
      }
      assertArrayEquals(HexFormat.of().parseHex(NONCE), field(answer.body(), "nonce"));
    }
  }

  @Test
  void evidenceIsSignedUnderTheRootAndMeasuresTheImage() throws Exception {
    DecodedDocument document =
        DecodedDocument.read(get("/attestation?nonce=" + NONCE).body());
    assertTrue(document.signedByLeaf());
    assertArrayEquals(enclave.rootCertificate(), document.certificates().get(0).getEncoded());
    assertTrue(document.moduleId().startsWith("sim-"));
    for (int i = 0; i < 3; i++) {
      assertEquals(enclave.pcr(i), HexFormat.of().formatHex(document.pcr(i)));
    }
    assertThrows(IllegalArgumentException.class, () -> enclave.pcr(3));
  }

  @Test
  void nitridingsLayoutIsTwoMultihashes() throws Exception {
    HttpResponse<byte[]> answer = get("/enclave/attestation?nonce=" + NONCE);
    byte[] document = Base64.getDecoder().decode(new String(answer.body(), UTF_8).strip());
    assertEquals(
        "1220"
            + HexFormat.of().formatHex(digest("SHA-256", peer(answer).getEncoded()))
            + "1220"
            + "00".repeat(32),
        HexFormat.of().formatHex(field(document, "user_data")));
  }

  @Test
  void evervaultsLayoutIsTheKeyInJson() throws Exception {
    HttpResponse<byte[]> answer = get("/.well-known/attestation");
    String json = new String(answer.body(), UTF_8);
    String prefix = "{\"attestation_doc\":\"";
    assertTrue(json.startsWith(prefix) && json.endsWith("\"}"), json);
    byte[] document =
        Base64.getDecoder().decode(json.substring(prefix.length(), json.length() - 2));
    assertArrayEquals(peer(answer).getPublicKey().getEncoded(), field(document, "user_data"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/attestation",
        "/attestation?nonce=",
        "/attestation?nonce=0",
        "/attestation?nonce=xy",
        "/enclave/attestation?nonce=00"
      })
  void aMalformedNonceIsABadRequest(String target) throws Exception {
    assertEquals(400, get(target).statusCode());
  }

  @Test
  void theWorkloadGetsWhatIsNotForEvidence() throws Exception {
    get("/attestation?nonce=" + NONCE);
    assertEquals(List.of(), enclave.received());
    assertEquals("hello", new String(get("/pay?x=1").body(), UTF_8));
    ReceivedRequest received = enclave.received().get(0);
    assertEquals("GET /pay?x=1", received.toString());
    assertEquals(List.of("s"), received.header("x-secret"));
    assertEquals(List.of(), received.header("x-other"));
    assertEquals(1, enclave.attestations());
  }

  @Test
  void theWorkloadIsTheTests() throws Exception {
    try (FakeEnclave other = FakeEnclave.builder()
        .workload(request -> request.method() + " " + request.target().getPath())
        .start()) {
      assertEquals("GET /x", new String(get(other.address().resolve("/x")).body(), UTF_8));
    }
  }

  @Test
  void aRedeploymentKeepsTheAddressAndChangesTheRest() throws Exception {
    URI address = enclave.address();
    String before = enclave.pcr(0);
    Certificate key = peer(get("/"));
    enclave.redeploy("another image");
    assertEquals(address, enclave.address());
    assertNotEquals(before, enclave.pcr(0));
    assertNotEquals(key, peer(get("/")));
    enclave.redeploy("image");
    assertEquals(before, enclave.pcr(0));
    assertEquals(2, enclave.received().size());
  }

  @Test
  void aFaultLastsUntilItIsTakenBack() throws Exception {
    assertEquals(
        404,
        get(enclave.failing(Fault.NO_EVIDENCE).address().resolve("/attestation"))
            .statusCode());
    assertEquals(200, get("/").statusCode());
    enclave.genuine();
    assertEquals(200, get("/attestation?nonce=" + NONCE).statusCode());
  }

  @Test
  void nobodyListensAfterwards() {
    URI address = enclave.address();
    enclave.close();
    assertThrows(IOException.class, () -> new Socket(address.getHost(), address.getPort()).close());
  }

  /** The tests compare the certificate themselves. */
  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
