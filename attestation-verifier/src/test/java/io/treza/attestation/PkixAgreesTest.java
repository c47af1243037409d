package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.CertificateExtension.Usage;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.KeyType;
import io.treza.testkit.SignatureAlgorithm;
import io.treza.testkit.TestCertificate;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertPathValidatorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every chain that the verifier's chain steps accept, the JDK's PKIX path validation accepts too:
 * the same pinned root, no revocation, at the document's time. The other way round, the known
 * differences are listed.
 */
class PkixAgreesTest {
  private static final Simulation SIMULATION = new Simulation(6);
  private static final Expectation ANYTHING =
      Expectation.acceptAnyMeasurement().withoutNonce().acceptDebugMode().build();

  @Test
  void onTheSharedDocuments() throws Exception {
    AttestationVerifier verifier =
        AttestationVerifier.builder().clockSkew(Duration.ZERO).build();
    int accepted = 0;
    for (RealDocuments.Entry entry : RealDocuments.all()) {
      if (compare(verifier.audit(entry.bytes(), ANYTHING), entry.toString())) {
        accepted++;
      }
    }
    // 57 genuine ones, and two that were altered after their chain.
    assertEquals(59, accepted);
  }

  /** Any byte of any certificate changed, and signed again by its issuer. */
  @Test
  void onChainsWithDamagedCertificates() throws Exception {
    AttestationVerifier verifier = SIMULATION.verifier().build();
    Random random = new Random(6);
    List<TestCertificate> chain = SIMULATION.chain().certificates();
    Map<Boolean, Integer> verdicts = new HashMap<>();
    for (int i = 0; i < 600; i++) {
      int level = 1 + random.nextInt(chain.size() - 1);
      PrivateKey issuer = chain.get(level - 1).keys().getPrivate();
      List<byte[]> bundle = new ArrayList<>(SIMULATION.chain().cabundle());
      bundle.add(SIMULATION.chain().leaf().der());
      bundle.set(level, damaged(bundle.get(level), issuer, random));
      byte[] document = DocumentBuilder.of(SIMULATION.chain())
          .certificate(bundle.remove(bundle.size() - 1))
          .cabundle(bundle)
          .build();
      boolean accepted = compare(verifier.audit(document, ANYTHING), "damage " + i);
      verdicts.merge(accepted, 1, Integer::sum);
    }
    assertTrue(verdicts.values().stream().allMatch(count -> count > 60), verdicts::toString);
    assertEquals(2, verdicts.size());
  }

  /** A certificate with one byte of its signed part changed; if it then is no DER, unsigned. */
  private static byte[] damaged(byte[] der, PrivateKey issuer, Random random)
      throws IOException, GeneralSecurityException {
    ASN1Sequence certificate = ASN1Sequence.getInstance(der);
    byte[] signedPart = certificate.getObjectAt(0).toASN1Primitive().getEncoded(ASN1Encoding.DER);
    signedPart[random.nextInt(signedPart.length)] ^= (byte) (1 << random.nextInt(8));
    Signature signer = Signature.getInstance("SHA384withECDSA");
    signer.initSign(issuer);
    signer.update(signedPart);
    try {
      return new DERSequence(new ASN1Encodable[] {
            ASN1Primitive.fromByteArray(signedPart),
            certificate.getObjectAt(1),
            new DERBitString(signer.sign())
          })
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      return new byte[] {1};
    }
  }

  /**
   * A known difference.
   *
   * @param reason why the verifier refuses what PKIX accepts
   * @param level which certificate is changed
   * @param change changes it
   */
  private record Stricter(Reason reason, Level level, Consumer<CertificateBuilder> change) {}

  static Stream<Stricter> stricter() {
    return Stream.of(
        new Stricter(
            Reason.KEY_USAGE,
            Level.LEAF,
            b -> b.extension(CertificateExtension.keyUsage(true, Usage.KEY_AGREEMENT))),
        new Stricter(
            Reason.KEY_USAGE, Level.LEAF, b -> b.withoutExtension(CertificateExtension.KEY_USAGE)),
        new Stricter(
            Reason.KEY_USAGE, Level.ZONAL, b -> b.withoutExtension(CertificateExtension.KEY_USAGE)),
        new Stricter(
            Reason.BASIC_CONSTRAINTS,
            Level.INSTANCE,
            b -> b.extension(CertificateExtension.basicConstraints(true, 0).critical(false))),
        new Stricter(
            Reason.BASIC_CONSTRAINTS,
            Level.LEAF,
            b -> b.extension(CertificateExtension.basicConstraints(true))),
        new Stricter(Reason.CERTIFICATE_ALGORITHM, Level.LEAF, b -> b.keys(KeyType.P256)),
        new Stricter(Reason.CERTIFICATE_ALGORITHM, Level.INSTANCE, b -> b.keys(KeyType.P521)),
        new Stricter(
            Reason.CERTIFICATE_ALGORITHM,
            Level.LEAF,
            b -> b.signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)),
        new Stricter(
            Reason.UNKNOWN_CRITICAL_EXTENSION,
            Level.LEAF,
            b -> b.extension(CertificateExtension.extendedKeyUsage(true, "1.3.6.1.5.5.7.3.1"))));
  }

  @ParameterizedTest
  @MethodSource("stricter")
  void weRefuseWhatPkixTakes(Stricter difference) throws Exception {
    CertificateChain chain = SIMULATION
        .chainBuilder()
        .certificate(difference.level(), difference.change())
        .build();
    byte[] document = DocumentBuilder.of(chain).signer(unsigned -> ones()).build();
    Rejection rejection = (Rejection) SIMULATION.verifier().build().audit(document, ANYTHING);
    assertEquals(difference.reason(), rejection.reason());
    assertDoesNotThrow(() -> Pkix.validate(rejection.document().orElseThrow(), Simulation.NOW));
  }

  @Test
  void pkixIsAbleToRefuse() {
    byte[] document = DocumentBuilder.of(SIMULATION.chain())
        .timestamp(Simulation.NOW.plus(Duration.ofDays(1)).toEpochMilli())
        .build();
    assertThrows(
        GeneralSecurityException.class,
        () -> Pkix.validate(
            AttestationDocument.parse(document), Simulation.NOW.plus(Duration.ofDays(1))));
  }

  /** Whether our chain steps accepted; if so, PKIX must. */
  private static boolean compare(AuditResult result, String name) {
    AttestationDocument document;
    if (result instanceof Rejection rejection) {
      if (!rejection.passed().contains(Step.CERTIFICATE_SIGNATURES)) {
        return false;
      }
      document = rejection.document().orElseThrow();
    } else {
      document = ((AuditedAttestation) result).document();
    }
    if (Pkix.findsTheRoot(document)) {
      assertDoesNotThrow(() -> Pkix.validate(document, document.timestamp()), name);
    } else {
      assertThrows(
          CertPathValidatorException.class,
          () -> Pkix.validate(document, document.timestamp()),
          name);
    }
    return true;
  }

  /** Well-formed, and nobody's signature: the chain is judged first. */
  private static byte[] ones() {
    byte[] ones = new byte[96];
    Arrays.fill(ones, (byte) 1);
    return ones;
  }
}
