package io.treza.eif;

import static io.treza.image.Refusal.assertEmpty;
import static io.treza.image.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import COSE.Message;
import COSE.MessageTag;
import COSE.OneKey;
import COSE.Sign1Message;
import com.upokecenter.cbor.CBORObject;
import io.treza.attestation.reference.Signer;
import io.treza.eif.internal.EcAlgorithm;
import io.treza.eif.internal.SignatureSection;
import io.treza.testsupport.Requirement;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EifSignerTest {
  @TempDir
  Path dir;

  private static Path golden(String name) {
    return Requirement.shared("eif/golden").resolve(name);
  }

  private static Path key(int bits) {
    return golden("keys/key" + bits + ".pem");
  }

  private static Path certificate(int bits) {
    return golden("keys/cert" + bits + ".pem");
  }

  private static EifSigner signer(int bits) throws IOException {
    return EifSigner.of(Signers.pem(key(bits)), certificate(bits));
  }

  private Path target() {
    return dir.resolve("signed.eif");
  }

  private static byte[] data(EifFile eif, EifSection.Type type) throws IOException {
    try (InputStream in = eif.content(eif.find(type).orElseThrow()).open()) {
      return in.readAllBytes();
    }
  }

  private static byte[] numbers(CBORObject array) {
    byte[] bytes = new byte[array.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) array.get(i).AsInt32Value();
    }
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"g3-x86-signed384-three-ramdisks", "g4-signed256"})
  void signaturesByAwsAreValid(String name) throws IOException {
    EifFile eif = EifFile.open(golden(name + ".eif"));
    SignatureCheck.Valid valid =
        assertInstanceOf(SignatureCheck.Valid.class, eif.signature().orElseThrow());
    assertEquals(0, valid.furtherCertificates() + valid.furtherSignatures());
    String published = Files.readString(golden(name + ".pcrs.json"));
    assertTrue(published.contains(eif.measurements().orElseThrow().pcr8().orElseThrow()));
  }

  @Test
  void signatureOverAnotherImageIsFound() throws IOException {
    EifFile eif = EifFile.open(golden("n6-signature-of-other-image.eif"));
    SignatureCheck.OtherImage other =
        assertInstanceOf(SignatureCheck.OtherImage.class, eif.signature().orElseThrow());
    assertTrue(!other.signedPcr0().equals(eif.measurements().orElseThrow().pcr0()));
  }

  /** COSE-java and upokecenter's CBOR read what was written. */
  @ParameterizedTest
  @ValueSource(ints = {256, 384, 521})
  void oursAreValidToAnIndependentReader(int bits) throws Exception {
    EifFile unsigned = EifFile.open(golden("g1-x86-unsigned.eif"));
    EifMeasurements printed = signer(bits).sign(unsigned, target());
    EifFile signed = EifFile.open(target());
    assertEquals(List.of(), signed.violations());
    assertEquals(printed, signed.measurements().orElseThrow());
    assertInstanceOf(SignatureCheck.Valid.class, signed.signature().orElseThrow());

    CBORObject section = CBORObject.DecodeFromBytes(data(signed, EifSection.Type.SIGNATURE));
    assertEquals(1, section.size());
    byte[] pem = numbers(section.get(0).get("signing_certificate"));
    assertArrayEquals(Files.readAllBytes(certificate(bits)), pem);
    X509Certificate certificate = (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    byte[] sign1 = numbers(section.get(0).get("signature"));
    Sign1Message message = (Sign1Message) Message.DecodeFromBytes(sign1, MessageTag.Sign1);
    assertTrue(message.validate(new OneKey(certificate.getPublicKey(), null)));
    CBORObject payload = CBORObject.DecodeFromBytes(message.GetContent());
    assertEquals(0, payload.get("register_index").AsInt32Value());
    assertEquals(printed.pcr0(), HexFormat.of().formatHex(numbers(payload.get("register_value"))));
  }

  @Test
  void encodingIsAwsOwnButForTheSignatureBytes() throws IOException {
    EifFile theirs = EifFile.open(golden("g4-signed256.eif"));
    signer(256).sign(EifFile.open(golden("g1-x86-unsigned.eif")), target());
    CBORObject ours =
        CBORObject.DecodeFromBytes(data(EifFile.open(target()), EifSection.Type.SIGNATURE));
    CBORObject aws = CBORObject.DecodeFromBytes(data(theirs, EifSection.Type.SIGNATURE));
    byte[] oursSign1 = numbers(ours.get(0).get("signature"));
    byte[] awsSign1 = numbers(aws.get(0).get("signature"));
    // R and S are the last 64 bytes.
    assertArrayEquals(
        Arrays.copyOf(awsSign1, awsSign1.length - 64),
        Arrays.copyOf(oursSign1, awsSign1.length - 64));
    assertEquals(awsSign1.length, oursSign1.length);
    ours.get(0).Set("signature", aws.get(0).get("signature"));
    assertEquals(aws, ours);
  }

  @Test
  void upstreamsVectorsAreOurBytes() throws IOException {
    String vectors = Files.readString(Requirement.shared("eif/cbor-upstream.json"));
    byte[] register = new byte[48];
    for (int i = 0; i < register.length; i++) {
      register[i] = (byte) i;
    }
    String payload =
        HexFormat.of().formatHex(SignatureSection.toBeSigned(EcAlgorithm.ES384, register));
    String expected = vectors.replaceAll("(?s).*?\": \"(a26e7265[0-9a-f]*)\".*", "$1");
    assertTrue(payload.endsWith(expected), payload);
    assertTrue(payload.contains("a1013822"), payload);
  }

  /** RFC 6979 appendix A.2.5, P-256 and SHA-256, message "sample". */
  @Test
  void ecdsaIsDeterministicAsRfc6979Has() throws Exception {
    String secret = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    byte[] sec1 = HexFormat.of().parseHex("30310201010420" + secret + "a00a06082a8648ce3d030107");
    Path pem = Files.writeString(
        dir.resolve("k.pem"),
        "-----BEGIN EC PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(sec1)
            + "\n-----END EC PRIVATE KEY-----\n");
    Signer signer = Signers.pem(pem);
    assertEquals(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
            + "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        HexFormat.of().formatHex(signer.sign("sample".getBytes(StandardCharsets.US_ASCII))));
  }

  @Test
  void sameImageAndKeyGiveTheSameFile() throws IOException {
    EifFile unsigned = EifFile.open(golden("g1-x86-unsigned.eif"));
    signer(384).sign(unsigned, target());
    byte[] first = Files.readAllBytes(target());
    signer(384).sign(EifFile.open(target()), target());
    assertArrayEquals(first, Files.readAllBytes(target()));
  }

  @Test
  void removingTheSignatureGivesTheUnsignedFileBack() throws IOException {
    EifSigner.remove(EifFile.open(golden("g4-signed256.eif")), target());
    assertArrayEquals(
        Files.readAllBytes(golden("g1-x86-unsigned.eif")), Files.readAllBytes(target()));
  }

  /** What nitro-cli sign-eif leaves: a new signature under the old one's size. */
  @Test
  void staleSizeOfTheSignatureIsFoundAndMended() throws IOException {
    byte[] stale = Files.readAllBytes(golden("g4-signed256.eif"));
    ByteBuffer header = ByteBuffer.wrap(stale);
    int row = 284 + 8 * (header.getShort(26) - 1);
    header.putLong(row, header.getLong(row) - 7);
    Path file = Files.write(dir.resolve("stale.eif"), BrokenEif.withCrc(stale));
    EifFile eif = EifFile.open(file);
    assertEquals(
        List.of(EifRule.SECTION_SIZE),
        eif.violations().stream().map(EifFinding::rule).toList());
    assertTrue(eif.measurements().isPresent());
    signer(384).sign(eif, file);
    assertEquals(List.of(), EifFile.open(file).violations());
  }

  @Test
  void buildingSignedIsSigningWhatWasBuilt() throws IOException {
    EifBuilder builder = EifBuilder.of(Architecture.X86_64, golden("in/kernel-a.bin"), "quiet")
        .addRamdisk(golden("in/rd0-a.bin"))
        .metadata(EifMetadata.builder("n", "v").build());
    builder.write(dir.resolve("plain.eif"));
    signer(256).sign(EifFile.open(dir.resolve("plain.eif")), target());
    EifMeasurements measured = builder.signer(signer(256)).write(dir.resolve("built.eif"));
    assertArrayEquals(Files.readAllBytes(target()), Files.readAllBytes(dir.resolve("built.eif")));
    assertEquals(measured, builder.measure());
    assertTrue(measured.pcr8().isPresent());
  }

  /** The key stays elsewhere: what openssl and KMS return is DER, what HSMs return mostly is not. */
  @ParameterizedTest
  @ValueSource(strings = {"SHA384withECDSA", "SHA384withECDSAinP1363Format"})
  void signatureMadeElsewhereIsAttached(String form) throws Exception {
    EifFile eif = EifFile.open(golden("g1-x86-unsigned.eif"));
    byte[] message = EifSigner.toBeSigned(eif, EifSigner.readCertificate(certificate(384)));
    Signature elsewhere = Signature.getInstance(form);
    elsewhere.initSign(privateKey(key(384)));
    elsewhere.update(message);
    EifSigner.detached(certificate(384), elsewhere.sign()).sign(eif, target());
    assertInstanceOf(
        SignatureCheck.Valid.class, EifFile.open(target()).signature().orElseThrow());
  }

  /** The key as the JDK reads it: the PKCS#8 form that wraps the file's SEC 1 form. */
  private static PrivateKey privateKey(Path sec1) throws Exception {
    String base64 = Files.readString(sec1).replaceAll("-----[A-Z ]+-----|\\s", "");
    ECPrivateKey key = ECPrivateKey.getInstance(Base64.getDecoder().decode(base64));
    AlgorithmIdentifier kind =
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject());
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(new PrivateKeyInfo(kind, key).getEncoded()));
  }

  @Test
  void pkcs8AndSec1AreTheSameKey() throws Exception {
    String pkcs8 = Base64.getMimeEncoder().encodeToString(privateKey(key(521)).getEncoded());
    Path file = Files.writeString(
        dir.resolve("k.pem"),
        "-----BEGIN PRIVATE KEY-----\n" + pkcs8 + "\n-----END PRIVATE KEY-----\n");
    assertEquals(Signers.pem(key(521)).publicKey(), Signers.pem(file).publicKey());
    byte[] message = {4, 5};
    assertArrayEquals(Signers.pem(key(521)).sign(message), Signers.pem(file).sign(message));
  }

  @Test
  void ed25519SignsOtherThings() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Path file = Files.writeString(
        dir.resolve("k.pem"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    Signer signer = Signers.pem(file);
    assertEquals(pair.getPublic(), signer.publicKey());
    Signature verifier = Signature.getInstance("Ed25519");
    verifier.initVerify(pair.getPublic());
    verifier.update((byte) 1);
    assertTrue(verifier.verify(signer.sign(new byte[] {1})));
    assertRefused(EifException.class, () -> EifSigner.of(signer, certificate(384)), "private key");
  }

  @Test
  void signatureOfAnotherMessageIsNotAttached() throws IOException {
    EifFile eif = EifFile.open(golden("g1-x86-unsigned.eif"));
    EifSigner wrong = EifSigner.detached(certificate(384), new byte[96]);
    assertRefused(EifException.class, () -> wrong.sign(eif, target()), "nothing was written");
    assertEmpty(dir);
  }

  @Test
  void keyStoreSigns() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    char[] password = "secret".toCharArray();
    store.setKeyEntry("eif", privateKey(key(384)), password, new X509Certificate[] {
      EifSigner.readCertificate(certificate(384))
    });
    Signer signer = Signers.keyStore(store, "eif", password);
    byte[] message = {1, 2, 3};
    assertArrayEquals(Signers.pem(key(384)).sign(message), signer.sign(message));
    assertRefused(
        EifException.class, () -> Signers.keyStore(store, "other", password), "\"other\"");
    assertRefused(
        EifException.class, () -> Signers.keyStore(store, "eif", new char[] {'x'}), "\"eif\"");
  }

  /** Whatever bit is flipped: a refusal with a name, another key, or one that does not matter. */
  @Test
  void damagedKeysAreRefusedOrOtherKeys() throws IOException {
    byte[] pem = Files.readAllBytes(key(256));
    PublicKey intact = Signers.pem(key(256)).publicKey();
    for (int i = 0; i < pem.length; i++) {
      byte[] damaged = pem.clone();
      damaged[i] ^= 4;
      Path file = Files.write(dir.resolve("damaged.pem"), damaged);
      try {
        Signer signer = Signers.pem(file);
        // SEC 1 repeats the public key, which is not needed.
        if (!signer.publicKey().equals(intact)) {
          assertRefused(
              EifException.class, () -> EifSigner.of(signer, certificate(256)), "cert256.pem");
        }
      } catch (EifException refused) {
        assertTrue(refused.getMessage().contains("damaged.pem"), refused.getMessage());
      }
    }
  }

  @Test
  void keyAndCertificateMustBelongTogether() {
    assertRefused(
        EifException.class,
        () -> EifSigner.of(Signers.pem(key(256)), certificate(384)),
        "cert384.pem",
        "not of the private key");
  }

  @Test
  void whatIsNoKeyOrCertificateIsNamed() throws IOException {
    assertRefused(
        EifException.class, () -> Signers.pem(certificate(256)), "cert256.pem", "PRIVATE KEY");
    assertRefused(EifException.class, () -> EifSigner.readCertificate(key(256)), "key256.pem");
    Path encrypted = Files.writeString(
        dir.resolve("e.pem"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    assertRefused(EifException.class, () -> Signers.pem(encrypted), "encrypted");
    Path damaged = Files.writeString(
        dir.resolve("d.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assertRefused(EifException.class, () -> Signers.pem(damaged), "malformed");
    Path base64 = Files.writeString(
        dir.resolve("b.pem"), "-----BEGIN PRIVATE KEY-----\n$$$$\n-----END PRIVATE KEY-----\n");
    assertRefused(EifException.class, () -> Signers.pem(base64), "b.pem");
  }

  @Test
  void failingSignerLeavesNothing() throws IOException {
    EifFile eif = EifFile.open(golden("g1-x86-unsigned.eif"));
    PublicKey key = EifSigner.readCertificate(certificate(384)).getPublicKey();
    EifSigner broken = EifSigner.of(new FailingSigner(key), certificate(384));
    assertRefused(EifException.class, () -> broken.sign(eif, target()), "HSM is away");
    assertEmpty(dir);
  }

  private record FailingSigner(PublicKey publicKey) implements Signer {
    @Override
    public Algorithm algorithm() {
      return Algorithm.ES384;
    }

    @Override
    public byte[] sign(byte[] message) throws SignatureException {
      throw new SignatureException("HSM is away");
    }
  }

  @Test
  void brokenFilesAreNotSigned() throws IOException {
    EifFile damaged = EifFile.open(golden("n4-bad-crc.eif"));
    assertRefused(EifException.class, () -> signer(256).sign(damaged, target()), "crc", "544");
    EifFile gap = EifFile.open(golden("n1-gap.eif"));
    assertRefused(EifException.class, () -> EifSigner.remove(gap, target()), "section-gap");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "80",
        "81",
        "81a0",
        "a1",
        "8100",
        "9f",
        "81a2",
        "81a2617801617901",
        "81a2737369676e696e675f6365727469666963617465811901006973" + "69676e617475726580",
        "9b7fffffffffffffff"
      })
  void malformedSectionsAreSaidToBe(String hex) throws IOException {
    byte[] section = HexFormat.of().parseHex(hex);
    EifFile eif = BrokenEif.whole().with(BrokenEif.SIGNATURE, section).open(dir);
    SignatureCheck.Malformed malformed =
        assertInstanceOf(SignatureCheck.Malformed.class, eif.signature().orElseThrow());
    assertTrue(!malformed.reason().isEmpty());
    assertTrue(eif.measurements().orElseThrow().pcr8().isEmpty());
  }

  /** Every bit of a signature section counts: flipped, the signature is not valid. */
  @Test
  void flippedBitsInTheSignatureAreNoticed() throws IOException {
    EifFile eif = EifFile.open(golden("g4-signed256.eif"));
    byte[] section = data(eif, EifSection.Type.SIGNATURE);
    byte[] image = Files.readAllBytes(golden("g4-signed256.eif"));
    int start = image.length - section.length;
    for (int i = section.length - 220; i < section.length; i++) {
      byte[] flipped = image.clone();
      flipped[start + i] ^= 1;
      Path file = Files.write(dir.resolve("flipped.eif"), BrokenEif.withCrc(flipped));
      SignatureCheck check = EifFile.open(file).signature().orElseThrow();
      assertTrue(!(check instanceof SignatureCheck.Valid), "byte " + i + ": " + check);
    }
  }
}
