package io.treza.attestation;

import static io.treza.testkit.CertificateExtension.Usage.DIGITAL_SIGNATURE;
import static io.treza.testkit.CertificateExtension.Usage.KEY_CERT_SIGN;

import io.treza.testkit.Cbor;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.Der;
import io.treza.testkit.KeyType;
import io.treza.testkit.SignatureAlgorithm;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Certificates that are not canonical X.509 version 3 with ecdsa-with-SHA384 over P-384. */
class CertificateFormFaultsTest {
  private static final Set<Level> ALL = EnumSet.allOf(Level.class);

  private static final Set<Level> LEAF = EnumSet.of(Level.LEAF);

  /** Those that a document brings along; the root is pinned and cannot be malformed. */
  private static final Set<Level> BROUGHT = EnumSet.complementOf(EnumSet.of(Level.ROOT));

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(malformed(), versions(), algorithms(), keys())
        .flatMap(s -> s)
        .flatMap(s -> s);
  }

  private static Stream<Stream<Fault>> malformed() {
    return Stream.of(
        malformed("BER length", c -> c.encoding(Der::overlongLength)),
        malformed("a byte after it", c -> c.encoding(d -> Arrays.copyOf(d, d.length + 1))),
        malformed("NULL after it", c -> c.encoding(d -> Cbor.concat(d, Der.nullValue()))),
        malformed("cut by a byte", c -> c.encoding(d -> Arrays.copyOf(d, d.length - 1))),
        malformed("a SET", c -> c.encoding(CertificateFormFaultsTest::asSet)),
        malformed("an empty SEQUENCE", c -> c.encoding(d -> Der.sequence())),
        malformed("a number", c -> c.encoding(d -> Der.integer(1))),
        malformed("a fourth part", c -> c.encoding(CertificateFormFaultsTest::withFourthPart)),
        malformed(
            "the same extension twice",
            c -> c.duplicateExtension(
                CertificateExtension.keyUsage(true, DIGITAL_SIGNATURE, KEY_CERT_SIGN))),
        malformed(
            "basicConstraints twice",
            c -> c.duplicateExtension(CertificateExtension.basicConstraints(true))),
        malformed("extensions in version 1", c -> c.version(1)),
        malformed("extensions in version 2", c -> c.version(2)),
        malformed("version 4", c -> c.version(4)),
        malformed("no issuer name", c -> c.issuer(Der.sequence())),
        malformed(
            "cA spelt 01",
            c -> c.extension(CertificateExtension.of(
                CertificateExtension.BASIC_CONSTRAINTS,
                true,
                Der.sequence(Der.value(0x01, new byte[] {1}))))),
        malformed(
            "basicConstraints with a byte after it",
            c -> c.extension(CertificateExtension.of(
                CertificateExtension.BASIC_CONSTRAINTS,
                true,
                Cbor.concat(Der.sequence(Der.bool(true)), new byte[1])))),
        malformed(
            "basicConstraints of no SEQUENCE",
            c -> c.extension(CertificateExtension.of(
                CertificateExtension.BASIC_CONSTRAINTS, true, Der.integer(1)))),
        malformed(
            "keyUsage of no BIT STRING",
            c -> c.extension(
                CertificateExtension.of(CertificateExtension.KEY_USAGE, true, Der.integer(1)))),
        malformed(
            "keyUsage in BER",
            c -> c.extension(CertificateExtension.of(
                CertificateExtension.KEY_USAGE, true, Der.overlongLength(Der.namedBits(0, 5))))));
  }

  private static Stream<Fault> malformed(String name, Consumer<CertificateBuilder> change) {
    return Fault.atEach(BROUGHT, name, Step.ANCHOR, Reason.CERTIFICATE_MALFORMED, change);
  }

  private static Stream<Stream<Fault>> versions() {
    return Stream.of(
        refused(
            ALL, "version 1", Reason.CERTIFICATE_VERSION, c -> c.version(1).withoutExtensions()),
        refused(
            ALL, "version 2", Reason.CERTIFICATE_VERSION, c -> c.version(2).withoutExtensions()));
  }

  private static Stream<Stream<Fault>> algorithms() {
    byte[] sha384 = SignatureAlgorithm.ECDSA_SHA384.identifier();
    byte[] sha256 = SignatureAlgorithm.ECDSA_SHA256.identifier();
    byte[] withNull = Der.sequence(Der.oid("1.2.840.10045.4.3.3"), Der.nullValue());
    return Stream.of(
        algorithm("SHA-256", c -> c.signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)),
        algorithm("SHA-256 outside only", c -> c.outerAlgorithm(sha256)),
        algorithm(
            "SHA-256 inside only",
            c -> c.signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256).outerAlgorithm(sha384)),
        algorithm(
            "RSA outside only", c -> c.outerAlgorithm(SignatureAlgorithm.RSA_SHA384.identifier())),
        algorithm("NULL parameters", c -> c.outerAlgorithm(withNull)));
  }

  private static Stream<Stream<Fault>> keys() {
    return Stream.of(
        algorithm("a P-256 key", c -> c.keys(KeyType.P256)),
        algorithm("a P-521 key", c -> c.keys(KeyType.P521)),
        refused(LEAF, "an RSA key", Reason.CERTIFICATE_ALGORITHM, c -> c.keys(KeyType.RSA_2048)),
        Stream.of(rsaIssuer()),
        key("explicit parameters", Der.sequence(Der.integer(1)), point()),
        key("the name of P-256", Der.oid("1.2.840.10045.3.1.7"), point()),
        key("no parameters", new byte[0], point()),
        key("NULL parameters", Der.nullValue(), point()),
        key("a compressed point", Der.oid("1.3.132.0.34"), Arrays.copyOf(first(point(), 2), 49)),
        key("a hybrid point", Der.oid("1.3.132.0.34"), first(point(), 6)),
        key("a short point", Der.oid("1.3.132.0.34"), Arrays.copyOf(point(), 96)),
        key("the point at infinity", Der.oid("1.3.132.0.34"), new byte[1]));
  }

  private static Stream<Fault> refused(
      Set<Level> levels, String name, Reason reason, Consumer<CertificateBuilder> change) {
    return Fault.atEach(levels, name, Step.CERTIFICATE_PROFILE, reason, change);
  }

  private static Stream<Fault> algorithm(String name, Consumer<CertificateBuilder> change) {
    return refused(ALL, name, Reason.CERTIFICATE_ALGORITHM, change);
  }

  /** A public key in another form; what it certifies is still signed by the usual key. */
  private static Stream<Fault> key(String name, byte[] parameters, byte[] point) {
    byte[] info =
        Der.sequence(Der.sequence(Der.oid("1.2.840.10045.2.1"), parameters), Der.bitString(point));
    return algorithm("a key with " + name, c -> c.publicKeyInfo(info));
  }

  private static Fault rsaIssuer() {
    return new Fault(
        "INSTANCE: an RSA key",
        Step.CERTIFICATE_PROFILE,
        Reason.CERTIFICATE_ALGORITHM,
        trial -> trial.chain(Trial.chainUnder(Trial.ROOT)
            .certificate(Level.INSTANCE, c -> c.keys(KeyType.RSA_2048))
            .certificate(Level.LEAF, c -> c.signatureAlgorithm(SignatureAlgorithm.RSA_SHA384))
            .build()));
  }

  /** The uncompressed point of some key on P-384. */
  private static byte[] point() {
    byte[] info = ((ECPublicKey) Trial.CHAIN.leaf().keys().getPublic()).getEncoded();
    return Arrays.copyOfRange(info, info.length - 97, info.length);
  }

  private static byte[] first(byte[] point, int form) {
    byte[] changed = point.clone();
    changed[0] = (byte) form;
    return changed;
  }

  private static byte[] asSet(byte[] der) {
    byte[] changed = der.clone();
    changed[0] = 0x31;
    return changed;
  }

  private static byte[] withFourthPart(byte[] der) {
    return Der.sequence(Arrays.copyOfRange(der, 4, der.length), Der.nullValue());
  }
}
