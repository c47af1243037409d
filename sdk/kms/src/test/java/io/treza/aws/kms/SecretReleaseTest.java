package io.treza.aws.kms;

import static io.treza.aws.kms.Machine.CONTEXT;
import static io.treza.aws.kms.Machine.policy;
import static io.treza.aws.kms.Machine.release;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReleaseStatus;
import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Map;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KeySpec;

/** A secret reaches the enclave that its key's policy names, and no other; all on one machine. */
class SecretReleaseTest {
  private static final byte[] SECRET = "the password of the orders' database".getBytes(UTF_8);

  private Machine machine;

  @BeforeEach
  void start() throws IOException {
    machine = Machine.start();
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  private static void refused(Kind kind, String why, Executable call) {
    AttestedKmsException e = assertThrows(AttestedKmsException.class, call);
    assertEquals(kind, e.kind(), e.getMessage());
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private static void holds(byte[] expected, Secret secret) {
    try (secret) {
      assertArrayEquals(expected, secret.use(byte[]::clone));
    }
  }

  private byte[] encrypted(KmsKey key) {
    try (KmsClient producer = machine.as("Producer")) {
      return producer
          .encrypt(request -> request
              .keyId(key.arn().value())
              .encryptionContext(key.encryptionContext())
              .plaintext(SdkBytes.fromByteArray(SECRET)))
          .ciphertextBlob()
          .asByteArray();
    }
  }

  @Test
  void enclaveOfTheReleaseGetsTheSecretAndAChangedOneDoesNot() throws Exception {
    KmsKey key = machine.createKey(policy(release(1))).withEncryptionContext(CONTEXT);
    byte[] stored = encrypted(key);
    try (AttestedKms enclave = machine.enclave(1);
        AttestedKms changed = machine.enclave(7)) {
      // Both encodings of the answer, one after the other.
      holds(SECRET, enclave.decrypt(key, stored));
      holds(SECRET, enclave.decrypt(key, stored));
      refused(Kind.DENIED, "PCR0 0707", () -> changed.decrypt(key, stored));
    }
  }

  @Test
  void revokedReleaseGetsNothingAnymore() throws Exception {
    KmsKey key = machine.createKey(policy(release(1), release(5))).withEncryptionContext(CONTEXT);
    byte[] stored = encrypted(key);
    try (AttestedKms old = machine.enclave(1);
        AttestedKms current = machine.enclave(5)) {
      holds(SECRET, old.decrypt(key, stored));
      machine.putPolicy(
          key.arn(), policy(release(1).withStatus(ReleaseStatus.REVOKED), release(5)));
      refused(Kind.DENIED, "OnlyPCR0", () -> old.decrypt(key, stored));
      holds(SECRET, current.decrypt(key, stored));
    }
  }

  @Test
  void dataKeyIsTheSameAgainWhenItsWrappingIsOpened() throws Exception {
    KmsKey key = machine.createKey(policy(release(1))).withEncryptionContext(CONTEXT);
    try (AttestedKms enclave = machine.enclave(1);
        DataKey made = enclave.generateDataKey(key)) {
      assertEquals(32, made.plaintext().length());
      assertEquals("AES", made.plaintext().toKey("AES").getAlgorithm());
      holds(made.plaintext().use(byte[]::clone), enclave.decrypt(key, made.wrapped()));
    }
  }

  @Test
  void dataKeyPairBelongsTogether() throws Exception {
    KmsKey key = machine.createKey(policy(release(1))).withEncryptionContext(CONTEXT);
    try (AttestedKms enclave = machine.enclave(1);
        DataKeyPair pair = enclave.generateDataKeyPair(key, DataKeyPair.Spec.ECC_NIST_P256)) {
      KeyFactory factory = KeyFactory.getInstance("EC");
      byte[] pkcs8 = pair.privateKey().use(byte[]::clone);
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
      signature.update(SECRET);
      byte[] signed = signature.sign();
      signature.initVerify(factory.generatePublic(new X509EncodedKeySpec(pair.publicKey())));
      signature.update(SECRET);
      assertTrue(signature.verify(signed));
      holds(pkcs8, enclave.decrypt(key, pair.wrappedPrivateKey()));
    }
    try (AttestedKms enclave = machine.enclave(1);
        DataKeyPair rsa = enclave.generateDataKeyPair(key, DataKeyPair.Spec.RSA_4096)) {
      assertTrue(rsa.privateKey().length() > 2000, "the longest answer that KMS gives");
    }
  }

  @Test
  void sharedSecretIsThatOfBothSides() throws Exception {
    KeyArn key = machine.createKey(agreeing(), KeySpec.ECC_NIST_P256);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair other = generator.generateKeyPair();
    try (AttestedKms enclave = machine.enclave(1);
        AttestedKms changed = machine.enclave(2);
        KmsClient admin = machine.as("KeyAdmin")) {
      byte[] kmsKey =
          admin.getPublicKey(request -> request.keyId(key.value())).publicKey().asByteArray();
      holds(
          agreed(other.getPrivate(), kmsKey),
          enclave.deriveSharedSecret(key, other.getPublic().getEncoded()));
      refused(
          Kind.DENIED,
          "",
          () -> changed.deriveSharedSecret(key, other.getPublic().getEncoded()));
      refused(
          Kind.INVALID_REQUEST, "PublicKey", () -> enclave.deriveSharedSecret(key, new byte[9]));
    }
  }

  /** As generated, and administrators may read the public key, which everybody may know. */
  private static String agreeing() {
    return policy(release(1))
        .replace("\"kms:DescribeKey\",", "\"kms:DescribeKey\", \"kms:GetPublicKey\",");
  }

  private static byte[] agreed(PrivateKey own, byte[] other) throws Exception {
    KeyAgreement ecdh = KeyAgreement.getInstance("ECDH");
    ecdh.init(own);
    ecdh.doPhase(KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(other)), true);
    return ecdh.generateSecret();
  }

  @Test
  void randomBytesAreAsManyAsAskedAndNewEachTime() throws Exception {
    try (AttestedKms enclave = machine.enclave(1);
        Secret first = enclave.generateRandom(1024);
        Secret second = enclave.generateRandom(1024)) {
      assertEquals(1024, first.length());
      assertFalse(Arrays.equals(first.use(byte[]::clone), second.use(byte[]::clone)));
      for (int length : new int[] {0, 1025, -1}) {
        assertThrows(IllegalArgumentException.class, () -> enclave.generateRandom(length));
      }
    }
  }

  @Test
  void debugModeIsNamedAsTheReason() throws Exception {
    KmsKey key = machine.createKey(policy(release(1))).withEncryptionContext(CONTEXT);
    byte[] stored = encrypted(key);
    SimulatedNsm debugged = SimulatedNsm.builder(
            CertificateChain.builder(machine.root).build())
        .measurements(Machine.pcr(1), Machine.pcr(2), Machine.pcr(3))
        .debugMode(true)
        .build();
    try (AttestedKms enclave = machine.enclave(Machine.recipient(debugged))) {
      refused(Kind.DENIED, "debug mode", () -> enclave.decrypt(key, stored));
    }
  }

  @Test
  void swappedCiphertextsAreNoticed() throws Exception {
    KeyArn arn = machine.createKey(policy(release(1)));
    KmsKey blue = arn.withEncryptionContext(Map.of("tenant", "blue"));
    KmsKey red = arn.withEncryptionContext(Map.of("tenant", "red"));
    KmsKey other =
        machine.createKey(policy(release(1))).withEncryptionContext(Map.of("tenant", "blue"));
    byte[] ofRed = encrypted(red);
    byte[] ofOther = encrypted(other);
    byte[] damaged = encrypted(blue);
    damaged[damaged.length - 1] ^= 1;
    try (AttestedKms enclave = machine.enclave(1)) {
      refused(Kind.WRONG_CIPHERTEXT, "context", () -> enclave.decrypt(blue, ofRed));
      refused(Kind.WRONG_CIPHERTEXT, "another key", () -> enclave.decrypt(blue, ofOther));
      refused(
          Kind.WRONG_CIPHERTEXT, "", () -> enclave.decrypt(arn.withoutEncryptionContext(), ofRed));
      refused(Kind.WRONG_CIPHERTEXT, "changed", () -> enclave.decrypt(blue, damaged));
      holds(SECRET, enclave.decrypt(red, ofRed));
    }
  }

  @Test
  void keyOfAnotherRegionIsRefusedBeforeAnythingIsSent() throws Exception {
    KmsKey elsewhere = new KeyArn("arn:aws:kms:eu-west-1:" + Machine.ACCOUNT + ":key/1234")
        .withEncryptionContext(CONTEXT);
    try (AttestedKms enclave = machine.enclave(1)) {
      IllegalArgumentException e = assertThrows(
          IllegalArgumentException.class, () -> enclave.decrypt(elsewhere, new byte[9]));
      assertTrue(e.getMessage().contains("another region"), e.getMessage());
    }
  }

  @Test
  void keyThatIsNotThereIsNamed() throws Exception {
    KmsKey missing = new KeyArn("arn:aws:kms:us-east-1:" + Machine.ACCOUNT + ":key/1234")
        .withEncryptionContext(CONTEXT);
    try (AttestedKms enclave = machine.enclave(1)) {
      refused(Kind.NO_KEY, "region, account and id", () -> enclave.generateDataKey(missing));
    }
  }
}
