package io.treza.sigstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A genuine bundle with one thing changed is refused, for the reason that fits. */
class TamperingTest {
  private static final String TLOG = "/verificationMaterial/tlogEntries/0";
  private static final String STATEMENT = "happy-path-intoto-in-dsse-v3";

  private static final ArtifactDigest ARTIFACT = new ArtifactDigest(
      "sha256", "a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf");

  private static SigstoreVerifier.Builder verifier() throws IOException {
    return SigstoreVerifier.builder(Bundles.publicInstance())
        .identity(SignerIdentity.of(ConformanceTest.ISSUER, ConformanceTest.IDENTITY));
  }

  private static BundleResult verify(String name, Consumer<ObjectNode> change) throws IOException {
    ObjectNode bundle = (ObjectNode) Bundles.JSON.readTree(Bundles.bundle(name));
    change.accept(bundle);
    return verifier().build().verify(Bundles.JSON.writeValueAsBytes(bundle));
  }

  private static void refused(BundleReason reason, BundleResult result) {
    BundleRejection rejection = assertInstanceOf(BundleRejection.class, result);
    assertEquals(reason, rejection.reason(), rejection.detail());
    assertFalse(rejection.detail().isBlank());
  }

  private static void refused(BundleReason reason, Consumer<ObjectNode> change) throws IOException {
    refused(reason, verify(STATEMENT, change));
  }

  private static ObjectNode at(ObjectNode bundle, String path) {
    return (ObjectNode) bundle.at(path);
  }

  /** Changes one bit of a member in base 64. */
  private static void flip(ObjectNode parent, String member, int index) {
    byte[] bytes = Base64.getDecoder().decode(parent.path(member).asText());
    bytes[Math.floorMod(index, bytes.length)] ^= 1;
    parent.put(member, Base64.getEncoder().encodeToString(bytes));
  }

  @Test
  void unchangedItIsAccepted() throws IOException {
    BundleResult result = verify(STATEMENT, bundle -> {});
    VerifiedBundle verified = assertInstanceOf(VerifiedBundle.class, result, result.toString());
    JsonNode original = Bundles.JSON.readTree(Bundles.bundle(STATEMENT));
    assertEquals(
        original.at("/dsseEnvelope/payload").asText(),
        Base64.getEncoder().encodeToString(verified.statement().orElseThrow()));
  }

  @Test
  void contentAndSignatureAreCovered() throws IOException {
    refused(BundleReason.SIGNATURE, b -> flip(at(b, "/dsseEnvelope"), "payload", 10));
    refused(BundleReason.SIGNATURE, b -> flip(at(b, "/dsseEnvelope/signatures/0"), "sig", -1));
    refused(
        BundleReason.MALFORMED, b -> at(b, "/dsseEnvelope").put("payloadType", "application/json"));
    refused(
        BundleReason.MALFORMED,
        b -> ((ArrayNode) b.at("/dsseEnvelope/signatures")).addObject().put("sig", "AAAA"));
  }

  @Test
  void certificateIsCovered() throws IOException {
    refused(
        BundleReason.CERTIFICATE,
        b -> flip(at(b, "/verificationMaterial/certificate"), "rawBytes", -1));
  }

  @Test
  void logEntryIsCovered() throws IOException {
    refused(BundleReason.LOG_ENTRY, b -> at(b, TLOG).put("integratedTime", "1734374577"));
    refused(BundleReason.LOG_ENTRY, b -> flip(at(b, TLOG), "canonicalizedBody", -1));
    refused(
        BundleReason.LOG_ENTRY,
        b -> flip(at(b, TLOG + "/inclusionPromise"), "signedEntryTimestamp", -1));
    refused(BundleReason.LOG_ENTRY, b -> at(b, TLOG + "/inclusionProof").put("logIndex", "7"));
    refused(BundleReason.LOG_ENTRY, b -> flip(at(b, TLOG + "/inclusionProof"), "rootHash", 0));
    refused(BundleReason.LOG_ENTRY, b -> flip(at(b, TLOG + "/logId"), "keyId", 0));
    refused(BundleReason.LOG_ENTRY, b -> at(b, TLOG).remove("inclusionProof"));
  }

  @Test
  void entryOfAnotherBundleIsRefused() throws IOException {
    JsonNode other = Bundles.JSON
        .readTree(Bundles.gitHub().resolve("custom-issuer.sigstore.json").toFile())
        .at(TLOG);
    refused(
        BundleReason.LOG_MISMATCH,
        b -> ((ArrayNode) b.at("/verificationMaterial/tlogEntries")).set(0, other));
    // Beside the right one, too.
    refused(
        BundleReason.LOG_MISMATCH,
        b -> ((ArrayNode) b.at("/verificationMaterial/tlogEntries")).add(other));
  }

  @Test
  void logEntryIsNeededUnlessSaidOtherwise() throws IOException {
    refused(BundleReason.LOG_ENTRY, b -> at(b, "/verificationMaterial").remove("tlogEntries"));
    ObjectNode bundle = (ObjectNode) Bundles.JSON.readTree(Bundles.bundle(STATEMENT));
    at(bundle, "/verificationMaterial").remove("tlogEntries");
    // Then nobody says when it was signed.
    refused(
        BundleReason.SIGNED_AT,
        verifier().withoutTransparencyLog().build().verify(Bundles.JSON.writeValueAsBytes(bundle)));
  }

  @Test
  void timeThatNoLogPromisedDoesNotCount() throws IOException {
    refused(BundleReason.SIGNED_AT, b -> at(b, TLOG).remove("inclusionPromise"));
  }

  @Test
  void keyOfTheLogMustHaveBeenValid() throws IOException {
    ObjectNode root = (ObjectNode) Bundles.JSON.readTree(Bundles.conformance()
        .resolve("trust-root-tlog-validity-end-inclusive/trusted_root.json")
        .toFile());
    at(root, "/tlogs/0/publicKey/validFor").put("end", "2024-12-16T18:42:55Z");
    byte[] ended = Bundles.JSON.writeValueAsBytes(root);
    at(root, "/tlogs/0/publicKey/validFor").put("end", "2024-12-16T18:42:56Z");
    byte[] justInTime = Bundles.JSON.writeValueAsBytes(root);
    SignerIdentity identity = SignerIdentity.of(ConformanceTest.ISSUER, ConformanceTest.IDENTITY);
    byte[] bundle = Bundles.bundle(STATEMENT);
    refused(
        BundleReason.SIGNED_AT,
        SigstoreVerifier.builder(SigstoreTrustedRoot.parse(ended))
            .identity(identity)
            .build()
            .verify(bundle));
    assertInstanceOf(
        VerifiedBundle.class,
        SigstoreVerifier.builder(SigstoreTrustedRoot.parse(justInTime))
            .identity(identity)
            .build()
            .verify(bundle));
  }

  @Test
  void authorityMustHaveBeenOneWhenItWasSigned() throws IOException, GeneralSecurityException {
    // Logged a second after its certificate was issued.
    byte[] bundle = Bundles.bundle("happy-path-v0.2");
    ObjectNode root = (ObjectNode) Bundles.JSON.readTree(Bundles.conformance()
        .resolve("trust-root-tlog-validity-end-inclusive/trusted_root.json")
        .toFile());
    ((ObjectNode) root.at("/tlogs/0/publicKey/validFor")).remove("end");
    byte[] der = Base64.getDecoder()
        .decode(Bundles.JSON
            .readTree(bundle)
            .at("/verificationMaterial/x509CertificateChain/certificates/0/rawBytes")
            .asText());
    X509Certificate certificate = (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    String issued = certificate.getNotBefore().toInstant().toString();
    for (JsonNode authority : root.path("certificateAuthorities")) {
      ((ObjectNode) authority.path("validFor")).put("end", issued);
    }
    refused(
        BundleReason.SIGNED_AT,
        SigstoreVerifier.builder(SigstoreTrustedRoot.parse(Bundles.JSON.writeValueAsBytes(root)))
            .identity(SignerIdentity.of(ConformanceTest.ISSUER, ConformanceTest.IDENTITY))
            .build()
            .verify(bundle, ARTIFACT));
  }

  @Test
  void bundleIsReadInOneWayOnly() throws IOException {
    String text = new String(Bundles.bundle(STATEMENT), UTF_8);
    SigstoreVerifier verifier = verifier().build();
    for (String bad : List.of(
        text.replaceFirst("\\{", "{\"mediaType\":\"x\","),
        text + "{}",
        "[" + text + "]",
        "",
        "null",
        "{}",
        "[".repeat(100_000),
        text.replace("bundle.v0.3", "bundle.v0.9"))) {
      refused(BundleReason.MALFORMED, verifier.verify(bad.getBytes(UTF_8)));
    }
    refused(BundleReason.MALFORMED, verifier.verify(new byte[StrictJson.MAX_BYTES + 1]));
  }

  @Test
  void manyEntriesAreRefusedUnseen() throws IOException {
    refused(BundleReason.MALFORMED, b -> {
      ArrayNode entries = (ArrayNode) b.at("/verificationMaterial/tlogEntries");
      JsonNode entry = entries.get(0);
      for (int i = 0; i < 16; i++) {
        entries.add(entry);
      }
    });
  }

  @Test
  void bytesOfALogEntryAnywhereMayChangeAndNothingThrows() throws IOException {
    Random random = new Random(1);
    byte[] genuine = Bundles.bundle(STATEMENT);
    SigstoreVerifier verifier = verifier().build();
    int accepted = 0;
    for (int i = 0; i < 120; i++) {
      byte[] changed = genuine.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(7));
      if (verifier.verify(changed) instanceof VerifiedBundle) {
        accepted++;
      }
    }
    // Members that nothing depends on, such as the stated kind of an entry, may change.
    assertTrue(accepted < 12, accepted + " of 120 accepted");
  }

  @Test
  void bundleOfAKeyNeedsThatKey() throws IOException, GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    keys.initialize(256);
    byte[] bundle = Bundles.bundle("managed-key-happy-path");
    refused(BundleReason.SIGNATURE, verifier().build().verify(bundle, ARTIFACT));
    refused(
        BundleReason.SIGNATURE,
        verifier().key(keys.generateKeyPair().getPublic()).build().verify(bundle, ARTIFACT));
  }

  @Test
  void certificateOfSomebodyIsNoKey() throws IOException, GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    keys.initialize(256);
    refused(
        BundleReason.IDENTITY,
        SigstoreVerifier.builder(Bundles.publicInstance())
            .key(keys.generateKeyPair().getPublic())
            .build()
            .verify(Bundles.bundle(STATEMENT)));
  }

  @Test
  void artifactItselfIsCheckedByItsDigestOnly() throws IOException {
    refused(BundleReason.ARTIFACT, verifier().build().verify(Bundles.bundle("happy-path-v0.3")));
  }

  @Test
  void somebodyMustBeTrusted() throws IOException {
    SigstoreVerifier.Builder nobody = SigstoreVerifier.builder(Bundles.publicInstance());
    assertThrows(IllegalStateException.class, nobody::build);
    assertThrows(
        IllegalStateException.class,
        () -> SignerIdentity.issuer(ConformanceTest.ISSUER).build());
    assertThrows(
        IllegalArgumentException.class, () -> SignerIdentity.of(" ", ConformanceTest.IDENTITY));
  }

  @Test
  void trustedRootIsReadStrictly() {
    for (String bad : List.of("", "{", "[]", "{\"mediaType\":\"x\"}", "{\"tlogs\":[{}]}")) {
      assertThrows(
          IllegalArgumentException.class, () -> SigstoreTrustedRoot.parse(bad.getBytes(UTF_8)));
    }
  }

  @Test
  void exceptionSaysWhatTheRejectionSays() throws IOException {
    SigstoreVerifier verifier = verifier().build();
    BundleRejectedException e = assertThrows(
        BundleRejectedException.class, () -> verifier.verifyOrThrow("{}".getBytes(UTF_8)));
    assertEquals(e.rejection().toString(), e.getMessage());
    assertEquals(BundleReason.MALFORMED, e.rejection().reason());
  }
}
