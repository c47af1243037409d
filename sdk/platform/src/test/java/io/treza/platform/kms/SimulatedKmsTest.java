package io.treza.platform.kms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.TrustAnchor;
import io.treza.platform.internal.kms.TlsAuthority;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulator on the wire; sdk/kms has the AWS SDK and enclaves call it. */
class SimulatedKmsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OPEN = "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\","
      + " \"Action\": \"kms:*\", \"Resource\": \"*\"}}";

  @TempDir
  private Path directory;

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private SimulatedKms kms;

  @BeforeEach
  void start() throws IOException {
    kms = builder().start();
  }

  private SimulatedKms.Builder builder() {
    return SimulatedKms.builder(
            TrustAnchor.development("test", root.certificate().der()))
        .directory(directory)
        .region("eu-central-1")
        .account("123456789012");
  }

  @AfterEach
  void stop() {
    kms.close();
  }

  private static String credential(String name, String region) {
    return "AWS4-HMAC-SHA256 Credential=" + name + "/20260101/" + region
        + "/kms/aws4_request, SignedHeaders=host, Signature=" + "0".repeat(64);
  }

  private HttpRequest.Builder request(String operation, String body) {
    return HttpRequest.newBuilder(kms.endpoint())
        .header("X-Amz-Target", "TrentService." + operation)
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return believing(kms.authority().orElseThrow())
        .send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static HttpClient believing(X509Certificate authority) {
    return HttpClient.newBuilder().sslContext(trusting(authority)).build();
  }

  private static SSLContext trusting(X509Certificate authority) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("authority", authority);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }

  private HttpResponse<String> send(String who, String operation, String body)
      throws IOException, InterruptedException {
    return send(request(operation, body)
        .header("Authorization", credential(who, "eu-central-1"))
        .build());
  }

  private JsonNode call(String who, String operation, ObjectNode body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(who, operation, body.toString());
    assertEquals(200, answer.statusCode(), answer.body());
    return JSON.readTree(answer.body());
  }

  private static void refused(String type, HttpResponse<String> answer) throws IOException {
    assertEquals(400, answer.statusCode(), answer.body());
    JsonNode error = JSON.readTree(answer.body());
    assertEquals(type, error.path("__type").asText(), answer.body());
    assertTrue(error.path("message").asText().startsWith("simulated KMS: "), answer.body());
    assertTrue(answer.headers().firstValue("x-amzn-RequestId").orElse("").startsWith("simulated-"));
  }

  private static ObjectNode object() {
    return JSON.createObjectNode();
  }

  private String key(String policy) throws IOException, InterruptedException {
    return call("Admin", "CreateKey", object().put("Policy", policy))
        .at("/KeyMetadata/Arn")
        .asText();
  }

  @Test
  void keysOutliveTheServerInFilesOfTheirOwner() throws Exception {
    String key = key(OPEN);
    assertTrue(key.startsWith("arn:aws:kms:eu-central-1:123456789012:key/"), key);
    String blob = call(
            "Any", "Encrypt", object().put("KeyId", key).put("Plaintext", base64("secret")))
        .path("CiphertextBlob")
        .asText();
    kms.close();
    start();
    JsonNode opened = call("Any", "Decrypt", object().put("CiphertextBlob", blob));
    assertEquals(base64("secret"), opened.path("Plaintext").asText());
    assertEquals(key, opened.path("KeyId").asText());
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> all = files
          .filter(file -> !file.getFileName().toString().startsWith("authority."))
          .toList();
      assertEquals(1, all.size(), all.toString());
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(all.get(0))));
    }
  }

  @Test
  void fileThatIsNoKeyIsNamed() throws Exception {
    kms.close();
    for (String content : new String[] {"", "{}", "{\"id\": \"x\", \"spec\": \"AES\"}"}) {
      Path file = Files.writeString(directory.resolve("x.simulated-key.json"), content);
      IOException e = assertThrows(IOException.class, this::start);
      assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }
  }

  @Test
  void policyIsReadBackAsItWasPutByWhoMay() throws Exception {
    String mine = "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\":"
        + " \"arn:aws:iam::123456789012:role/Admin\"}, \"Action\": \"kms:*\","
        + " \"Resource\": \"*\"}}";
    String key = key(OPEN);
    call("Admin", "PutKeyPolicy", object().put("KeyId", key).put("Policy", mine));
    assertEquals(
        mine,
        call("Admin", "GetKeyPolicy", object().put("KeyId", key)).path("Policy").asText());
    for (String operation : List.of("GetKeyPolicy", "PutKeyPolicy", "Encrypt", "Decrypt")) {
      String body = object()
          .put("KeyId", key)
          .put("Policy", OPEN)
          .put("Plaintext", "AAAA")
          .put("CiphertextBlob", sealed(key))
          .toString();
      refused("AccessDeniedException", send("Other", operation, body));
    }
  }

  private String sealed(String key) throws IOException, InterruptedException {
    return call("Admin", "Encrypt", object().put("KeyId", key).put("Plaintext", "AAAA"))
        .path("CiphertextBlob")
        .asText();
  }

  @Test
  void policyThatLocksItsWriterOutIsRefusedUnlessAskedForByName() throws Exception {
    String others = OPEN.replace("\"*\",", "{\"AWS\": \"arn:aws:iam::123456789012:role/Other\"},");
    String key = key(OPEN);
    ObjectNode put = object().put("KeyId", key).put("Policy", others);
    refused("MalformedPolicyDocumentException", send("Admin", "PutKeyPolicy", put.toString()));
    refused(
        "MalformedPolicyDocumentException",
        send("Admin", "CreateKey", object().put("Policy", others).toString()));
    call("Admin", "PutKeyPolicy", put.put("BypassPolicyLockoutSafetyCheck", true));
  }

  @Test
  void keyWithoutAPolicyIsForTheRootUser() throws Exception {
    String key = call("Admin", "CreateKey", object()).at("/KeyMetadata/KeyId").asText();
    String body = object().put("KeyId", key).put("Plaintext", "AAAA").toString();
    refused("AccessDeniedException", send("Admin", "Encrypt", body));
    assertEquals(200, send("root", "Encrypt", body).statusCode());
  }

  @Test
  void ciphertextIsBoundToKeyAndContext() throws Exception {
    String key = key(OPEN);
    ObjectNode encrypt = object().put("KeyId", key).put("Plaintext", "AAAA");
    // Two contexts whose names and values are the same text one after the other.
    encrypt.putObject("EncryptionContext").put("ab", "c");
    String blob = call("Any", "Encrypt", encrypt).path("CiphertextBlob").asText();
    ObjectNode decrypt = object().put("KeyId", key).put("CiphertextBlob", blob);
    refused("InvalidCiphertextException", send("Any", "Decrypt", decrypt.toString()));
    decrypt.putObject("EncryptionContext").put("a", "bc");
    refused("InvalidCiphertextException", send("Any", "Decrypt", decrypt.toString()));
    decrypt.putObject("EncryptionContext").put("ab", "c");
    call("Any", "Decrypt", decrypt);
    refused(
        "IncorrectKeyException",
        send("Any", "Decrypt", decrypt.put("KeyId", key(OPEN)).toString()));
    byte[] changed = Base64.getDecoder().decode(blob);
    for (int i = 0; i < changed.length; i++) {
      byte[] bytes = changed.clone();
      bytes[i] ^= 1;
      String body = decrypt
          .put("KeyId", key)
          .put("CiphertextBlob", Base64.getEncoder().encodeToString(bytes))
          .toString();
      assertEquals(400, send("Any", "Decrypt", body).statusCode(), "byte " + i);
    }
  }

  @Test
  void dataKeyWithoutPlaintextHasNone() throws Exception {
    ObjectNode body = object().put("KeyId", key(OPEN)).put("KeySpec", "AES_256");
    assertTrue(call("Any", "GenerateDataKey", body).has("Plaintext"));
    assertFalse(call("Any", "GenerateDataKeyWithoutPlaintext", body).has("Plaintext"));
  }

  /** AWS KMS Developer Guide, "Permissions for AWS KMS": it is an operation of its own. */
  @Test
  void dataKeyWithoutPlaintextIsAllowedByItsOwnName() throws Exception {
    String key = key("""
        {"Statement": [
          {"Effect": "Allow", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"},
          {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/Reads"},
           "Action": "kms:GenerateDataKey", "Resource": "*"},
          {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/Stores"},
           "Action": "kms:GenerateDataKeyWithoutPlaintext", "Resource": "*"}]}""");
    ObjectNode body = object().put("KeyId", key).put("KeySpec", "AES_256");
    call("Reads", "GenerateDataKey", body);
    call("Stores", "GenerateDataKeyWithoutPlaintext", body);
    refused("AccessDeniedException", send("Stores", "GenerateDataKey", body.toString()));
    refused(
        "AccessDeniedException", send("Reads", "GenerateDataKeyWithoutPlaintext", body.toString()));
  }

  @Test
  void dryRunGivesNothing() throws Exception {
    ObjectNode body = object().put("KeyId", key(OPEN)).put("KeySpec", "AES_256");
    refused(
        "ValidationException",
        send("Any", "GenerateDataKey", body.put("DryRun", true).toString()));
  }

  /** Taken for none, it would bind the ciphertext to nothing. */
  @Test
  void encryptionContextOfAnotherFormIsRefused() throws Exception {
    ObjectNode body = object().put("KeyId", key(OPEN)).put("Plaintext", "AAAA");
    for (String context : List.of("\"tenant\"", "[]", "1")) {
      body.set("EncryptionContext", JSON.readTree(context));
      refused("ValidationException", send("Any", "Encrypt", body.toString()));
    }
  }

  @Test
  void policiesPutAtOnceLeaveFileAndMemoryAgreed() throws Exception {
    String key = key(OPEN);
    List<CompletableFuture<HttpResponse<String>>> puts = new ArrayList<>();
    HttpClient client = believing(kms.authority().orElseThrow());
    for (int i = 0; i < 200; i++) {
      ObjectNode body = object()
          .put("KeyId", key)
          .put("Policy", OPEN.replace("{\"Eff", "{\"Sid\": \"" + i + "\", \"Eff"));
      puts.add(client.sendAsync(
          request("PutKeyPolicy", body.toString())
              .header("Authorization", credential("Any", "eu-central-1"))
              .build(),
          HttpResponse.BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> put : puts) {
      assertEquals(200, put.join().statusCode(), put.join().body());
    }
    JsonNode inMemory = call("Any", "GetKeyPolicy", object().put("KeyId", key));
    kms.close();
    start();
    assertEquals(inMemory, call("Any", "GetKeyPolicy", object().put("KeyId", key)));
  }

  @Test
  void bothEncodingsOfAnAnswerAreWritten() throws Exception {
    byte[] pcr = new byte[48];
    SimulatedNsm nsm = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(pcr, pcr, pcr)
        .build();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    byte[] publicKey = generator.generateKeyPair().getPublic().getEncoded();
    byte[] document = nsm.attest(Optional.empty(), Optional.empty(), Optional.of(publicKey));
    ObjectNode body = object().put("NumberOfBytes", 32);
    body.putObject("Recipient")
        .put("KeyEncryptionAlgorithm", "RSAES_OAEP_SHA_256")
        .put("AttestationDocument", Base64.getEncoder().encodeToString(document));
    Set<String> tags = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      JsonNode answer = call("Any", "GenerateRandom", body);
      assertFalse(answer.has("Plaintext"));
      byte[] envelope =
          Base64.getDecoder().decode(answer.path("CiphertextForRecipient").asText());
      String hex = HexFormat.of().formatHex(envelope);
      int after = hex.indexOf("012a0410") + 8 + 32;
      tags.add(hex.substring(after, after + 4));
    }
    assertEquals(Set.of("a080", "8030"), tags);
    body.withObject("/Recipient").put("KeyEncryptionAlgorithm", "RSAES_OAEP_SHA_1");
    refused("ValidationException", send("Any", "GenerateRandom", body.toString()));
  }

  @ParameterizedTest
  @CsvSource({
    "Sign, {}, UnknownOperationException",
    "Encrypt, [], SerializationException",
    "Encrypt, {, SerializationException",
    "Encrypt, {}, ValidationException",
    "GenerateRandom, {\"NumberOfBytes\": 0}, ValidationException",
    "GenerateRandom, {\"NumberOfBytes\": 1025}, ValidationException",
    "Decrypt, {\"CiphertextBlob\": \"AAAA\"}, InvalidCiphertextException",
    "Decrypt, {\"CiphertextBlob\": \"?\"}, ValidationException",
    "CreateKey, {\"KeySpec\": \"HMAC_256\"}, ValidationException",
    "CreateKey, {\"KeySpec\": \"ECC_NIST_P256\"}, ValidationException",
    "GetKeyPolicy, {\"KeyId\": \"1234\"}, NotFoundException",
    "GetKeyPolicy, {\"KeyId\": \"arn:aws:kms:us-east-1:123456789012:key/1234\"}, NotFoundException"
  })
  void requestsThatKmsRefusesAreRefusedByTheirNames(String operation, String body, String type)
      throws Exception {
    refused(type, send("Any", operation, body));
  }

  @Test
  void requestsAreSignedForThisRegion() throws Exception {
    refused(
        "MissingAuthenticationTokenException",
        send(request("GenerateRandom", "{}").build()));
    refused(
        "IncompleteSignatureException",
        send(request("GenerateRandom", "{}").header("Authorization", "Bearer x").build()));
    refused(
        "InvalidSignatureException",
        send(request("GenerateRandom", "{}")
            .header("Authorization", credential("Any", "us-east-1"))
            .build()));
  }

  /** As a page in a browser would send it. */
  @Test
  void pagesOfOthersAreNotServed() throws Exception {
    refused(
        "AccessDeniedException",
        send(request("CreateKey", "{}")
            .header("Authorization", credential("root", "eu-central-1"))
            .header("Origin", "https://evil.example")
            .build()));
    HttpResponse<String> get = send(HttpRequest.newBuilder(kms.endpoint()).build());
    refused("UnknownOperationException", get);
  }

  @Test
  void requestOverTheLimitIsRefused() throws Exception {
    refused("ValidationException", send("Any", "Encrypt", " ".repeat((1 << 20) + 1)));
  }

  @Test
  void accountAndRegionAreChecked() {
    TrustAnchor anchor = TrustAnchor.development("test", root.certificate().der());
    assertThrows(
        IllegalArgumentException.class,
        () -> SimulatedKms.builder(anchor).account("1").start());
    assertThrows(
        IllegalArgumentException.class,
        () -> SimulatedKms.builder(anchor).region("here").start());
    assertEquals("127.0.0.1", kms.endpoint().getHost());
    assertEquals("eu-central-1", kms.region());
    assertEquals("SimulatedKms[" + kms.endpoint() + "]", kms.toString());
  }

  @Test
  void authorityStaysTheSameAndItsKeyIsTheOwners() throws Exception {
    X509Certificate first = kms.authority().orElseThrow();
    kms.close();
    start();
    assertEquals(first, kms.authority().orElseThrow());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve("authority.p12"))));
    try (InputStream pem = Files.newInputStream(directory.resolve("authority.pem"))) {
      assertEquals(first, CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    refused(
        "UnknownOperationException", send(HttpRequest.newBuilder(kms.endpoint()).build()));
  }

  @Test
  void whoDoesNotKnowTheAuthorityIsNotTalkedTo() {
    HttpRequest request = HttpRequest.newBuilder(kms.endpoint()).build();
    for (HttpClient stranger :
        List.of(HttpClient.newHttpClient(), believing(TlsAuthority.create().certificate()))) {
      assertThrows(
          SSLHandshakeException.class,
          () -> stranger.send(request, HttpResponse.BodyHandlers.discarding()));
    }
  }

  @Test
  void certificateIsForTheHostsThatWereNamed() throws Exception {
    kms.close();
    kms = builder().hosts(List.of("KMS.test", "192.0.2.7", "[2001:db8::1]")).start();
    assertEquals(
        Set.of(
            "localhost",
            "127.0.0.1",
            "0:0:0:0:0:0:0:1",
            "kms.eu-central-1.amazonaws.com",
            "kms.test",
            "192.0.2.7",
            "2001:db8:0:0:0:0:0:1"),
        names());
    HttpRequest here = HttpRequest.newBuilder(
            URI.create("https://localhost:" + kms.endpoint().getPort()))
        .build();
    refused("UnknownOperationException", send(here));
  }

  private Set<String> names() throws Exception {
    try (SSLSocket socket = (SSLSocket) trusting(kms.authority().orElseThrow())
        .getSocketFactory()
        .createSocket("127.0.0.1", kms.endpoint().getPort())) {
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return leaf.getSubjectAlternativeNames().stream()
          .map(name -> String.valueOf(name.get(1)))
          .collect(Collectors.toSet());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a b", "*.example.com", "http://kms", "300.1.1.1", "[::1", "münchen.de"})
  void hostThatIsNoneIsRefused(String host) {
    assertThrows(
        IllegalArgumentException.class, () -> builder().hosts(List.of(host)).start());
  }

  @Test
  void portIsFreeAfterAHostWasRefused() throws Exception {
    int port = kms.endpoint().getPort();
    kms.close();
    assertThrows(
        IllegalArgumentException.class,
        () -> builder().port(port).hosts(List.of("a b")).start());
    kms = builder().port(port).start();
    assertEquals(port, kms.endpoint().getPort());
  }

  @Test
  void fileThatIsNoAuthorityIsNamed() throws Exception {
    kms.close();
    Files.write(directory.resolve("authority.p12"), new byte[] {1});
    IOException e = assertThrows(IOException.class, () -> builder().start());
    assertTrue(String.valueOf(e.getMessage()).contains("authority.p12"), e.getMessage());
  }

  @Test
  void withoutTlsOnlyIfThatIsAskedFor() throws Exception {
    kms.close();
    kms = builder().insecureHttp().start();
    assertEquals("http", kms.endpoint().getScheme());
    assertEquals(Optional.empty(), kms.authority());
    refused(
        "UnknownOperationException",
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(kms.endpoint()).build(),
                HttpResponse.BodyHandlers.ofString()));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
