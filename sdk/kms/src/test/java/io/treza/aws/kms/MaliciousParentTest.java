package io.treza.aws.kms;

import static io.treza.aws.kms.Machine.CONTEXT;
import static io.treza.aws.kms.Machine.policy;
import static io.treza.aws.kms.Machine.recipient;
import static io.treza.aws.kms.Machine.release;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientException;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.net.URI;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.KeyEncryptionMechanism;
import software.amazon.awssdk.services.kms.model.KeySpec;
import software.amazon.awssdk.services.kms.model.KmsException;

/**
 * The parent instance holds the enclave's credentials, stores its ciphertexts and carries its bytes.
 * It gets no secret of KMS, and puts none in its place; where it could, the test says what stops it.
 */
class MaliciousParentTest {
  private static final String KMS_HOST = "kms.us-east-1.amazonaws.com";

  private Machine machine;
  private KmsKey key;
  private SimulatedNsm nsm;
  private KmsRecipient enclave;

  @BeforeEach
  void start() throws IOException {
    machine = Machine.start();
    key = machine.createKey(policy(release(1))).withEncryptionContext(CONTEXT);
    nsm = machine.nsm(1);
    enclave = recipient(nsm);
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  private GenerateDataKeyResponse asParent(byte[] document) {
    try (KmsClient parent = machine.as("Enclave")) {
      return parent.generateDataKey(request -> request
          .keyId(key.arn().value())
          .encryptionContext(key.encryptionContext())
          .keySpec(DataKeySpec.AES_256)
          .recipient(sent -> sent.keyEncryptionAlgorithm(KeyEncryptionMechanism.RSAES_OAEP_SHA_256)
              .attestationDocument(SdkBytes.fromByteArray(document))));
    }
  }

  private static void refused(String code, String why, Executable call) {
    KmsException e = assertThrows(KmsException.class, call);
    assertEquals(code, e.awsErrorDetails().errorCode(), e.getMessage());
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private static void refused(Kind kind, String why, Executable call) {
    AttestedKmsException e = assertThrows(AttestedKmsException.class, call);
    assertEquals(kind, e.kind(), e.getMessage());
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private DocumentBuilder document(byte[] publicKey) {
    return DocumentBuilder.of(nsm.chain())
        .pcr(0, Machine.pcr(1))
        .pcr(1, Machine.pcr(2))
        .pcr(2, Machine.pcr(3))
        .publicKey(publicKey);
  }

  @Test
  void credentialsAloneOpenNothing() {
    try (KmsClient parent = machine.as("Enclave")) {
      refused(
          "AccessDeniedException",
          "OnlyPCR0",
          () -> parent.generateDataKey(
              request -> request.keyId(key.arn().value()).keySpec(DataKeySpec.AES_256)));
    }
  }

  @Test
  void documentOfTheParentsOwnEnclaveIsDenied() throws Exception {
    KmsRecipient own = recipient(machine.nsm(9));
    byte[] document = own.document();
    refused("AccessDeniedException", "OnlyPCR0", () -> asParent(document));
  }

  @Test
  void documentThatNobodyOfThisRootSignedIsRefused() {
    DevelopmentRoot own = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
    SimulatedNsm made = SimulatedNsm.builder(CertificateChain.builder(own).build())
        .measurements(Machine.pcr(1), Machine.pcr(2), Machine.pcr(3))
        .build();
    KmsRecipient parent = recipient(made);
    refused("ValidationException", "refused", () -> asParent(parent.document()));
  }

  @Test
  void genuineDocumentWithTheParentsKeyInItIsRefused() throws Exception {
    byte[] genuine = enclave.document();
    byte[] own = recipient(machine.nsm(9)).publicKey();
    byte[] changed = genuine.clone();
    int at = indexOf(changed, enclave.publicKey());
    System.arraycopy(own, 0, changed, at, own.length);
    assertNotNull(asParent(genuine).ciphertextForRecipient());
    refused("ValidationException", "SIGNATURE", () -> asParent(changed));
  }

  private static int indexOf(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not there");
  }

  @Test
  void documentWithoutAKeyOrWithAnotherKindOfKeyIsRefused() throws Exception {
    byte[] none = DocumentBuilder.of(nsm.chain()).build();
    refused("ValidationException", "no public_key", () -> asParent(none));
    byte[] elliptic =
        document(nsm.chain().leaf().keys().getPublic().getEncoded()).build();
    refused("ValidationException", "RSA", () -> asParent(elliptic));
    byte[] garbage = document(new byte[] {1, 2, 3}).build();
    refused("ValidationException", "RSA", () -> asParent(garbage));
  }

  /** It may: what comes back is for the enclave, and the parent cannot open it. */
  @Test
  void replayedDocumentGetsAnAnswerThatOnlyTheEnclaveOpens() throws Exception {
    byte[] document = enclave.document();
    for (int i = 0; i < 2; i++) {
      GenerateDataKeyResponse answer = asParent(document);
      assertTrue(answer.plaintext() == null, "no plaintext");
      byte[] sealed = answer.ciphertextForRecipient().asByteArray();
      KmsRecipient parent = recipient(machine.nsm(9));
      assertThrows(RecipientException.class, () -> parent.open(sealed));
      assertEquals(32, enclave.open(sealed).length);
    }
  }

  @Test
  void documentThatIsFiveMinutesOldIsRefused() throws Exception {
    Instant now = Instant.now();
    byte[] young = document(enclave.publicKey())
        .timestamp(now.minusSeconds(240).toEpochMilli())
        .build();
    assertNotNull(asParent(young).ciphertextForRecipient());
    byte[] old = document(enclave.publicKey())
        .timestamp(now.minus(Duration.ofMinutes(6)).toEpochMilli())
        .build();
    refused("ValidationException", "refused", () -> asParent(old));
  }

  @Test
  void answerAboutAnotherKeyIsNotUsed() throws Exception {
    KmsKey other = machine.createKey(policy(release(1))).withEncryptionContext(CONTEXT);
    try (StubKms parent = StubKms.between(machine.kms.endpoint(), (request, answer) -> answer);
        StubKms swapping = StubKms.between(
            machine.kms.endpoint(),
            (request, answer) -> answer.put("KeyId", other.arn().value()));
        AttestedKms honest = machine.enclave(enclave, parent.endpoint());
        AttestedKms misled = machine.enclave(enclave, swapping.endpoint())) {
      byte[] wrapped = wrapped(honest);
      refused(Kind.UNTRUSTED_ANSWER, "names key", () -> misled.generateDataKey(key));
      refused(Kind.UNTRUSTED_ANSWER, "names key", () -> misled.decrypt(key, wrapped));
      refused(
          Kind.UNTRUSTED_ANSWER,
          "names key",
          () -> misled.generateDataKeyPair(key, DataKeyPair.Spec.ECC_NIST_P256));
      KeyArn agreement = machine.createKey(policy(release(1)), KeySpec.ECC_NIST_P384);
      refused(
          Kind.UNTRUSTED_ANSWER,
          "names key",
          () -> misled.deriveSharedSecret(
              agreement, nsm.chain().leaf().keys().getPublic().getEncoded()));
      ObjectNode sent = parent.seen.get(0);
      assertEquals(key.arn().value(), sent.path("KeyId").asText());
      assertEquals("blue", sent.path("EncryptionContext").path("tenant").asText());
      assertTrue(sent.path("Recipient").hasNonNull("AttestationDocument"));
    }
  }

  private byte[] wrapped(AttestedKms kms) throws AttestedKmsException {
    try (DataKey made = kms.generateDataKey(key)) {
      return made.wrapped();
    }
  }

  @Test
  void answerWithAPlaintextOrWithoutAnEnvelopeIsNotUsed() throws Exception {
    KeyArn agreement = machine.createKey(policy(release(1)), KeySpec.ECC_NIST_P384);
    byte[] theirs = nsm.chain().leaf().keys().getPublic().getEncoded();
    try (StubKms straight = StubKms.between(machine.kms.endpoint(), (request, answer) -> answer);
        StubKms open = StubKms.between(
            machine.kms.endpoint(),
            (request, answer) -> answer
                .put("Plaintext", "AAAA")
                .put("PrivateKeyPlaintext", "AAAA")
                .put("SharedSecret", "AAAA"));
        StubKms empty = StubKms.between(machine.kms.endpoint(), (request, answer) -> {
          answer.remove("CiphertextForRecipient");
          return answer;
        });
        StubKms emptyPlaintext = StubKms.between(
            machine.kms.endpoint(), (request, answer) -> answer.put("Plaintext", ""));
        AttestedKms honest = machine.enclave(enclave, straight.endpoint());
        AttestedKms clear = machine.enclave(enclave, open.endpoint());
        AttestedKms nothing = machine.enclave(enclave, empty.endpoint());
        AttestedKms asKms = machine.enclave(enclave, emptyPlaintext.endpoint())) {
      byte[] wrapped = wrapped(honest);
      honest.deriveSharedSecret(agreement, theirs).close();
      for (AttestedKms kms : List.of(clear, nothing)) {
        String why = kms == clear ? "in the clear" : "no CiphertextForRecipient";
        for (Executable call : List.<Executable>of(
            () -> kms.decrypt(key, wrapped),
            () -> kms.generateDataKey(key),
            () -> kms.generateDataKeyPair(key, DataKeyPair.Spec.ECC_NIST_P256),
            () -> kms.generateRandom(16),
            () -> kms.deriveSharedSecret(agreement, theirs))) {
          refused(Kind.UNTRUSTED_ANSWER, why, call);
        }
      }
      // KMS's reference: "the Plaintext field is null or empty".
      asKms.generateRandom(16).close();
    }
  }

  @Test
  void answerOfTheWrongLengthIsNotUsed() throws Exception {
    try (StubKms parent = StubKms.between(
            machine.kms.endpoint(),
            (request, answer) -> answer.put("CiphertextForRecipient", sealed(new byte[16])));
        AttestedKms kms = machine.enclave(enclave, parent.endpoint())) {
      refused(Kind.UNTRUSTED_ANSWER, "16 bytes came instead of 32", () -> kms.generateDataKey(key));
      refused(Kind.UNTRUSTED_ANSWER, "instead of 24", () -> kms.generateRandom(24));
    }
  }

  /**
   * What is wrong with letting the parent call KMS: the envelope says nothing of who made it. The
   * parent gives the enclave a key that it knows, with any policy and any evidence.
   */
  @Test
  void withoutTlsTheParentForgesADataKey() throws Exception {
    byte[] known = new byte[32];
    Arrays.fill(known, (byte) 7);
    try (StubKms parent = StubKms.between(
            machine.kms.endpoint(),
            (request, answer) -> answer.put("CiphertextForRecipient", sealed(known)));
        AttestedKms kms = machine.enclave(enclave, parent.endpoint());
        DataKey forged = kms.generateDataKey(key)) {
      assertArrayEquals(known, forged.plaintext().use(byte[]::clone));
    }
  }

  /** All that it takes is the public key, which stands in the document. */
  private String sealed(byte[] plaintext) {
    try {
      PublicKey publicKey =
          KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(enclave.publicKey()));
      return Base64.getEncoder().encodeToString(Forgery.of(plaintext, (RSAPublicKey) publicKey));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What stops it: TLS that ends in the enclave, through the parent's proxy all the same. */
  @Test
  void withTlsTheParentCarriesBytesAndCannotAnswer() throws Exception {
    try (Machine real = Machine.start(UnaryOperator.identity());
        Machine fake = Machine.start(UnaryOperator.identity());
        TestProxy straight = TestProxy.to(real.kms.endpoint());
        TestProxy crooked = TestProxy.to(fake.kms.endpoint());
        AttestedKms through = through(straight, real, Machine.REGION);
        AttestedKms diverted = through(crooked, real, Machine.REGION)) {
      try (Secret random = through.generateRandom(32)) {
        assertEquals(32, random.length());
      }
      assertEquals(
          "CONNECT " + KMS_HOST + ":443 HTTP/1.1", straight.asked.get(0), "by its name and port");
      refused(Kind.TLS, "somebody is between", () -> diverted.generateRandom(32));
      assertFalse(crooked.asked.isEmpty());
    }
  }

  @Test
  void certificateOfAnotherHostIsRefused() throws Exception {
    try (Machine other = Machine.start(UnaryOperator.identity());
        TestProxy proxy = TestProxy.to(other.kms.endpoint());
        AttestedKms kms = through(proxy, other, "eu-central-1")) {
      refused(Kind.TLS, "", () -> kms.generateRandom(32));
    }
  }

  @Test
  void proxyThatRefusesIsNamed() throws Exception {
    try (Machine other = Machine.start(UnaryOperator.identity());
        TestProxy proxy = TestProxy.refusing();
        AttestedKms kms = through(proxy, other, Machine.REGION)) {
      refused(Kind.UNREACHABLE, "io.treza.egress", () -> kms.generateRandom(32));
    }
  }

  /** The one mechanism of the library, as every program inside has it. */
  @Test
  void proxyIsNotAskedForAHostThatNeedsNone() throws Exception {
    try (TestProxy proxy = TestProxy.refusing();
        AttestedKms kms = AttestedKms.builder(
                enclave, Machine.REGION, () -> ParentCredentials.longTerm("Enclave", "x"))
            .endpoint(URI.create("https://kms.invalid"))
            .egress(proxy.egress("invalid"))
            .attempts(1, Duration.ofSeconds(20))
            .build()) {
      refused(Kind.UNREACHABLE, "", () -> kms.generateRandom(32));
      assertEquals(List.of(), proxy.asked);
    }
  }

  private static AttestedKms through(TestProxy proxy, Machine machine, String region) {
    return AttestedKms.builder(
            recipient(machine.nsm(1)),
            region,
            () -> ParentCredentials.longTerm("Enclave", "not-checked"))
        .egress(proxy.egress())
        .trustOnly(List.of(machine.kms.authority().orElseThrow()))
        .attempts(1, Duration.ofSeconds(20))
        .build();
  }

  @Test
  void plainHttpIsRefusedButForASimulatorOnThisMachine() {
    AttestedKms.Builder builder = AttestedKms.builder(
        enclave, Machine.REGION, () -> ParentCredentials.longTerm("Enclave", "x"));
    assertThrows(
        IllegalArgumentException.class, () -> builder.endpoint(URI.create("http://" + KMS_HOST)));
    assertThrows(
        IllegalArgumentException.class,
        () -> builder.simulator(URI.create("http://192.0.2.1:8080")));
    assertThrows(
        IllegalArgumentException.class, () -> builder.simulator(URI.create("ftp://127.0.0.1")));
  }
}
