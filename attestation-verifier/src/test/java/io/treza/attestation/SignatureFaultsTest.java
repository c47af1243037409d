package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.treza.attestation.RealDocuments.Entry;
import io.treza.testkit.Cbor;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.CertificateExtension.Usage;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.DocumentBuilder.Element;
import io.treza.testkit.KeyType;
import io.treza.testkit.Signatures;
import io.treza.testkit.TestCertificate;
import io.treza.testkit.Validity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Signatures of the right form that are not the leaf's over this very document. */
class SignatureFaultsTest {
  private static final PrivateKey LEAF_KEY = Trial.CHAIN.leaf().keys().getPrivate();
  private static final byte[] ES384 = Cbor.map(Cbor.integer(1), Cbor.integer(-35));

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault(
            "the provider fails at the first certificate",
            Step.CERTIFICATE_SIGNATURES,
            Reason.CRYPTO_PROVIDER,
            trial -> trial.verifier(v -> v.cryptoProvider(new FailingProvider(0)))),
        new Fault(
            "the provider fails at the document",
            Step.SIGNATURE,
            Reason.CRYPTO_PROVIDER,
            trial -> trial.verifier(v -> v.cryptoProvider(new FailingProvider(4)))),
        fault("a bit flipped", d -> d.signature(Signatures::corrupted)),
        fault(
            "r and s exchanged",
            d ->
                d.signature(s -> Cbor.concat(Arrays.copyOfRange(s, 48, 96), Arrays.copyOf(s, 48)))),
        fault(
            "r = s = 1",
            d -> d.signature(s -> {
              byte[] ones = new byte[96];
              ones[47] = 1;
              ones[95] = 1;
              return ones;
            })),
        fault(
            "another key's",
            d -> d.signer(KeyType.P384.generate(new SecureRandom()).getPrivate())),
        fault(
            "the instance's",
            d -> d.signer(Trial.CHAIN.certificates().get(3).keys().getPrivate())),
        fault(
            "over another payload",
            d -> d.element(Element.PAYLOAD, p -> {
              byte[] changed = p.clone();
              changed[changed.length - 1] = 0x40;
              return Cbor.bytes(changed);
            })),
        fault("with SHA-256", d -> d.signer(m -> signed("SHA256withECDSAinP1363Format", m))),
        fault("with SHA-512", d -> d.signer(m -> signed("SHA512withECDSAinP1363Format", m))),
        over("the payload alone", p -> p),
        over(
            "the document's first three elements",
            p -> Cbor.array(Cbor.bytes(ES384), Cbor.map(), Cbor.bytes(p))),
        over("context Signature", p -> structure("Signature", ES384, new byte[0], p)),
        over("context signature1", p -> structure("signature1", ES384, new byte[0], p)),
        over("context CounterSignature", p -> structure("CounterSignature", ES384, new byte[0], p)),
        over(
            "an empty protected header", p -> structure("Signature1", new byte[0], new byte[0], p)),
        over(
            "a protected header of ES256",
            p -> structure(
                "Signature1", Cbor.map(Cbor.integer(1), Cbor.integer(-7)), new byte[0], p)),
        over("external data", p -> structure("Signature1", ES384, new byte[1], p)),
        over(
            "a payload of indefinite length",
            p -> Cbor.array(
                Cbor.text("Signature1"),
                Cbor.bytes(ES384),
                Cbor.bytes(new byte[0]),
                Cbor.chunkedBytes(p))),
        over(
            "a long spelling of the payload's length",
            p -> Cbor.array(
                Cbor.text("Signature1"),
                Cbor.bytes(ES384),
                Cbor.bytes(new byte[0]),
                Cbor.bytes(p, Cbor.Width.FOUR))));
  }

  /** A deployed verifier checked the bundle's path and the signature, but not the leaf's. */
  @Test
  void refusesSelfMadeLeafBesideGenuineBundle() throws IOException, GeneralSecurityException {
    Entry entry =
        RealDocuments.real().stream().filter(e -> !e.debug()).findFirst().orElseThrow();
    AttestationDocument genuine = documentOf(entry.bytes());
    X509Certificate leaf = x509(genuine.certificate());
    X509Certificate issuer = x509(genuine.cabundle().get(3));

    SecureRandom random = new SecureRandom();
    Validity validity =
        new Validity(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant());
    TestCertificate forged = new CertificateBuilder(
            leaf.getSubjectX500Principal().getEncoded(),
            KeyType.P384.generate(random),
            validity,
            random)
        .issuer(issuer.getSubjectX500Principal().getEncoded())
        .extension(CertificateExtension.basicConstraints(false))
        .extension(CertificateExtension.keyUsage(false, Usage.DIGITAL_SIGNATURE))
        .selfSigned();
    DocumentBuilder document = DocumentBuilder.of(Trial.CHAIN)
        .moduleId(genuine.moduleId())
        .timestamp(genuine.timestamp().toEpochMilli())
        .cabundle(genuine.cabundle())
        .certificate(forged.der())
        .signer(forged.keys().getPrivate());
    genuine.pcrs().forEach((index, value) -> document.pcr(index, value.toByteArray()));

    Instant now = genuine.timestamp().plus(Duration.ofSeconds(1));
    AttestationVerifier verifier =
        AttestationVerifier.builder().clock(() -> now).build();
    assertInstanceOf(
        VerifiedAttestation.class, verifier.verify(genuine.toByteArray(), Trial.ANYTHING));
    Rejection rejection =
        assertInstanceOf(Rejection.class, verifier.verify(document.build(), Trial.ANYTHING));
    assertEquals(Reason.CERTIFICATE_SIGNATURE, rejection.reason(), rejection::toString);
  }

  private static AttestationDocument documentOf(byte[] bytes) {
    try {
      return AttestationDocument.parse(bytes);
    } catch (AttestationRejectedException e) {
      throw new AssertionError(e);
    }
  }

  private static X509Certificate x509(byte[] der) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  private static Fault fault(String name, Consumer<DocumentBuilder> change) {
    return Fault.inDocument(name, Step.SIGNATURE, Reason.DOCUMENT_SIGNATURE, change);
  }

  /** Signed by the leaf, but over something else, made of the payload. */
  private static Fault over(String name, UnaryOperator<byte[]> message) {
    return fault("over " + name, d -> {
      byte[][] payload = new byte[1][];
      d.payload(p -> payload[0] = p)
          .signer(structure -> signed("SHA384withECDSAinP1363Format", message.apply(payload[0])));
    });
  }

  private static byte[] structure(
      String context, byte[] protectedHeader, byte[] externalData, byte[] payload) {
    return Cbor.array(
        Cbor.text(context),
        Cbor.bytes(protectedHeader),
        Cbor.bytes(externalData),
        Cbor.bytes(payload));
  }

  private static byte[] signed(String algorithm, byte[] message) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(LEAF_KEY);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
