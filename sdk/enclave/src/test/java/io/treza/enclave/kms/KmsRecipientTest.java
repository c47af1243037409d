package io.treza.enclave.kms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.Der;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KmsRecipientTest {
  private static final byte[] SECRET = "the data key, of 32 bytes of KMS".getBytes(UTF_8);
  private static final String NOT_KMS = "something other than KMS";
  private static final String NOT_OURS = "does not open with this enclave's key";

  private final KmsRecipient recipient =
      KmsRecipient.create((nonce, key) -> new byte[0], RecipientKeySize.RSA_2048);

  private TestEnvelope envelope() throws GeneralSecurityException {
    return new TestEnvelope(recipient.publicKey(), SECRET);
  }

  private void refused(String why, byte[] answer) {
    RecipientException e = assertThrows(
        RecipientException.class,
        () -> recipient.open(answer),
        () -> HexFormat.of().formatHex(answer));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private void refused(String why, TestEnvelope envelope) throws GeneralSecurityException {
    refused(why, envelope.build());
  }

  @ParameterizedTest
  @EnumSource(RecipientKeySize.class)
  void keysOfEverySizeOpenWhatKmsEncryptsToThem(RecipientKeySize size) throws Exception {
    KmsRecipient sized = KmsRecipient.create((nonce, key) -> new byte[0], size);
    assertArrayEquals(SECRET, sized.open(new TestEnvelope(sized.publicKey(), SECRET).build()));
    assertEquals("KmsRecipient[" + size.bits() + " bits]", sized.toString());
  }

  @Test
  void contentInOnePieceOrInPiecesAndDerAreOpened() throws Exception {
    for (boolean inPieces : new boolean[] {true, false}) {
      for (boolean definite : new boolean[] {true, false}) {
        TestEnvelope envelope = envelope();
        envelope.inPieces = inPieces;
        envelope.definite = definite;
        assertArrayEquals(SECRET, recipient.open(envelope.build()));
      }
    }
  }

  /** The tags, lengths and constants of a captured answer of KMS, RSA-2048 and 48 bytes. */
  @Test
  void theTestsEnvelopeIsLaidOutAsACapturedAnswerOfKms() throws Exception {
    String hex = HexFormat.of().formatHex(envelope().build());
    assertTrue(
        hex.startsWith(
            "308006092a864886f70d010703a0803080020102" + "3182016b30820167020102" + "8020"),
        hex);
    assertTrue(
        hex.contains("303c06092a864886f70d010107302fa00f300d06096086480165030402010500"
            + "a11c301a06092a864886f70d010108300d06096086480165030402010500" + "04820100"),
        hex);
    assertTrue(hex.contains("308006092a864886f70d010701301d060960864801650304012a0410"), hex);
    assertTrue(hex.contains("a0800430") && hex.endsWith("00".repeat(10)), hex);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, 4096})
  void contentOfAnyLengthIsOpened(int length) throws Exception {
    byte[] content = new byte[length];
    Arrays.fill(content, (byte) 16);
    assertArrayEquals(
        content, recipient.open(new TestEnvelope(recipient.publicKey(), content).build()));
  }

  @Test
  void documentCarriesTheKeyAndANewNonceEachTime() throws Exception {
    CertificateChain chain = CertificateChain.builder(
            DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system()))
        .build();
    byte[] pcr = new byte[48];
    SimulatedNsm nsm = SimulatedNsm.builder(chain).measurements(pcr, pcr, pcr).build();
    KmsRecipient attested = KmsRecipient.create(
        (nonce, key) -> nsm.attest(Optional.of(nonce), Optional.empty(), Optional.of(key)),
        RecipientKeySize.RSA_2048);
    AttestationDocument first = parsed(attested.document());
    AttestationDocument second = parsed(attested.document());
    assertArrayEquals(attested.publicKey(), first.publicKey().orElseThrow());
    assertEquals(32, first.nonce().orElseThrow().length);
    assertFalse(Arrays.equals(first.nonce().orElseThrow(), second.nonce().orElseThrow()));
    KmsRecipient other = KmsRecipient.create(
        (nonce, key) -> {
          throw new IOException("no NSM");
        },
        RecipientKeySize.RSA_2048);
    assertThrows(IOException.class, other::document);
    assertFalse(Arrays.equals(attested.publicKey(), other.publicKey()));
  }

  private static AttestationDocument parsed(byte[] document) throws AttestationRejectedException {
    return AttestationDocument.parse(document);
  }

  @Test
  void versionsThatKmsDoesNotWriteAreRefused() throws Exception {
    for (int version : new int[] {0, 1, 3}) {
      TestEnvelope data = envelope();
      data.version = version;
      refused("EnvelopedData is not of version 2", data);
      TestEnvelope one = envelope();
      one.recipientVersion = version;
      refused("KeyTransRecipientInfo is not of version 2", one);
    }
  }

  @Test
  void anythingButOneRecipientIsRefused() throws Exception {
    for (int count : new int[] {0, 2, 3}) {
      TestEnvelope envelope = envelope();
      envelope.recipients = count;
      refused(count + " recipients", envelope);
    }
  }

  @Test
  void recipientByIssuerAndSerialNumberIsRefused() throws Exception {
    TestEnvelope envelope = envelope();
    envelope.recipientId = Der.sequence(Der.sequence(), Der.integer(1));
    refused("subjectKeyIdentifier", envelope);
    for (int length : new int[] {0, 65}) {
      envelope.recipientId = Der.value(0x80, new byte[length]);
      refused("subjectKeyIdentifier of " + length, envelope);
    }
  }

  @Test
  void otherContentThanDataIsRefused() throws Exception {
    TestEnvelope outer = envelope();
    outer.contentType = "1.2.840.113549.1.7.6";
    refused("content type", outer);
    TestEnvelope inner = envelope();
    inner.innerType = "1.2.840.113549.1.7.2";
    refused("encrypted content type", inner);
    TestEnvelope attributes = envelope();
    attributes.more = Der.tagged(1, Der.set());
    refused("EnvelopedData has 4 items", attributes);
  }

  @Test
  void otherCiphersAreRefused() throws Exception {
    TestEnvelope aes128 = envelope();
    aes128.cipher = "2.16.840.1.101.3.4.1.2";
    aes128.contentKeyBytes = 16;
    refused("2.16.840.1.101.3.4.1.2, not AES-256-CBC", aes128);
    TestEnvelope shortIv = envelope();
    shortIv.ivBytes = 15;
    refused("initialization vector of 15", shortIv);
  }

  @Test
  void otherKeyEncryptionIsRefusedBeforeTheKeyIsUsed() throws Exception {
    byte[] sha1 = TestEnvelope.oaepParameters(TestEnvelope.SHA_1, TestEnvelope.SHA_1);
    byte[] maskSha1 = TestEnvelope.oaepParameters(TestEnvelope.SHA_256, TestEnvelope.SHA_1);
    byte[] label = TestEnvelope.oaepParameters(
        TestEnvelope.SHA_256,
        TestEnvelope.SHA_256,
        Der.tagged(
            2,
            Der.sequence(
                Der.oid("1.2.840.113549.1.1.9"), Der.octetString("label".getBytes(UTF_8)))));
    for (byte[] parameters : List.of(sha1, maskSha1, label, Der.sequence(), Der.nullValue())) {
      TestEnvelope envelope = envelope();
      envelope.keyAlgorithm = Der.sequence(Der.oid(TestEnvelope.OAEP), parameters);
      refused(NOT_KMS, envelope);
    }
    TestEnvelope pkcs1 = envelope();
    pkcs1.keyAlgorithm = Der.sequence(Der.oid("1.2.840.113549.1.1.1"), Der.nullValue());
    refused("not RSAES-OAEP", pkcs1);
    TestEnvelope none = envelope();
    none.keyAlgorithm = Der.sequence(Der.oid(TestEnvelope.OAEP));
    refused("other parameters", none);
  }

  /** All of them with the same words: which check failed is an oracle. */
  @Test
  void whatDoesNotOpenIsRefusedWithoutSayingWhy() throws Exception {
    TestEnvelope mask = envelope();
    mask.encryption = TestEnvelope.oaep("SHA-256", MGF1ParameterSpec.SHA1, "");
    TestEnvelope hash = envelope();
    hash.encryption = TestEnvelope.oaep("SHA-1", MGF1ParameterSpec.SHA256, "");
    TestEnvelope label = envelope();
    label.encryption = TestEnvelope.oaep("SHA-256", MGF1ParameterSpec.SHA256, "label");
    TestEnvelope shortKey = envelope();
    shortKey.contentKeyBytes = 16;
    TreeSet<String> words = new TreeSet<>();
    for (TestEnvelope envelope : List.of(
        mask,
        hash,
        label,
        shortKey,
        paddedWith(0),
        paddedWith(17),
        paddedWith(-1),
        new TestEnvelope(otherKey(2048), SECRET))) {
      byte[] answer = envelope.build();
      words.add(
          assertThrows(RecipientException.class, () -> recipient.open(answer)).getMessage());
    }
    refused(NOT_OURS, new TestEnvelope(otherKey(3072), SECRET));
    assertEquals(1, words.size(), words.toString());
    assertTrue(words.first().contains(NOT_OURS), words.first());
  }

  private TestEnvelope paddedWith(int last) throws GeneralSecurityException {
    TestEnvelope envelope = envelope();
    envelope.unpadded = Arrays.copyOf(SECRET, 48);
    envelope.unpadded[47] = (byte) last;
    return envelope;
  }

  private static byte[] otherKey(int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return generator.generateKeyPair().getPublic().getEncoded();
  }

  @Test
  void keyThatIsNoNumberBelowTheModulusIsRefused() throws Exception {
    byte[] answer = envelope().build();
    int at = indexOf(answer, "04820100") + 4;
    Arrays.fill(answer, at, at + 256, (byte) 0xff);
    refused(NOT_OURS, answer);
    Arrays.fill(answer, at, at + 256, (byte) 0);
    refused(NOT_OURS, answer);
  }

  @Test
  void everyChangedByteOfTheFrameIsRefused() throws Exception {
    byte[] answer = envelope().build();
    int id = indexOf(answer, "8020") + 2;
    int iv = indexOf(answer, "012a0410") + 4;
    int content = indexOf(answer, "a0800430") + 4;
    int refusals = 0;
    for (int i = 0; i < answer.length; i++) {
      if ((i >= id && i < id + 32)
          || (i >= iv && i < iv + 16)
          || (i >= content && i < content + 48)) {
        continue;
      }
      for (int bit : new int[] {0x01, 0x20, 0x80}) {
        byte[] changed = answer.clone();
        changed[i] ^= (byte) bit;
        int at = i;
        assertThrows(
            RecipientException.class,
            () -> recipient.open(changed),
            () -> "byte " + at + " xor " + bit);
        refusals++;
      }
    }
    assertTrue(refusals > 1000, "" + refusals);
  }

  /** Why TLS to KMS ends in the enclave: the envelope itself protects nothing. */
  @Test
  void changedInitializationVectorChangesThePlaintextUnnoticed() throws Exception {
    byte[] answer = envelope().build();
    answer[indexOf(answer, "012a0410") + 4] ^= 1;
    byte[] changed = SECRET.clone();
    changed[0] ^= 1;
    assertArrayEquals(changed, recipient.open(answer));
  }

  @Test
  void everyTruncationAndEveryAppendedByteIsRefused() throws Exception {
    byte[] answer = envelope().build();
    for (int length = 0; length < answer.length; length++) {
      byte[] cut = Arrays.copyOf(answer, length);
      assertThrows(RecipientException.class, () -> recipient.open(cut));
    }
    for (int next = 0; next < 256; next++) {
      refused(NOT_KMS, TestEnvelope.concat(answer, new byte[] {(byte) next}));
    }
    refused(NOT_KMS, TestEnvelope.concat(answer, answer));
  }

  @Test
  void whatIsNoEnvelopeAtAllIsRefused() {
    refused(NOT_KMS, SECRET);
    refused(NOT_KMS, new byte[] {5, 0});
    refused(NOT_KMS, new byte[] {0x30, 0});
    byte[] nested = new byte[6144];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    refused(NOT_KMS, nested);
    refused("over KMS's limit of 6144", new byte[6145]);
  }

  @Test
  void publicKeyIsTheCallersCopy() throws Exception {
    recipient.publicKey()[0] ^= 1;
    PublicKey key =
        KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(recipient.publicKey()));
    assertEquals(2048, ((RSAPublicKey) key).getModulus().bitLength());
  }

  private static int indexOf(byte[] answer, String hex) {
    int at = HexFormat.of().formatHex(answer).indexOf(hex);
    assertTrue(at >= 0 && at % 2 == 0, hex + " at " + at);
    return at / 2;
  }
}
