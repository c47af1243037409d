package io.treza.attestation;

import static io.treza.attestation.Reason.CERTIFICATE_ALGORITHM;
import static io.treza.attestation.Reason.CERTIFICATE_DENIED;
import static io.treza.attestation.Reason.CERTIFICATE_EXPIRED;
import static io.treza.attestation.Reason.CERTIFICATE_MALFORMED;
import static io.treza.attestation.Reason.CERTIFICATE_NOT_YET_VALID;
import static io.treza.attestation.Reason.CERTIFICATE_SIGNATURE;
import static io.treza.attestation.Reason.NAME_CHAINING;

import io.treza.testkit.Cbor;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.Der;
import io.treza.testkit.Signatures;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Chains in order whose links do not hold: names, validity, deny-list, signatures. */
class LinkFaultsTest {
  private static final Set<Level> BELOW_ROOT = EnumSet.complementOf(EnumSet.of(Level.ROOT));

  private static final CertificateChain CHAIN = Trial.CHAIN;

  private static final Instant NOW = Trial.NOW;

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(names(), validities(), denied(), signatures()).flatMap(s -> s);
  }

  private static Stream<Fault> names() {
    return each(
        "another issuer name",
        Step.CERTIFICATE_NAMES,
        NAME_CHAINING,
        c -> c.issuerCommonName("simulated.nitro-enclaves"));
  }

  private static Stream<Fault> validities() {
    Duration skew = Duration.ofSeconds(30);
    Stream<Fault> everyLevel = EnumSet.allOf(Level.class).stream()
        .flatMap(level -> Stream.of(
            validity(
                level,
                "ended a second ago",
                CERTIFICATE_EXPIRED,
                c -> c.notAfter(NOW.minusSeconds(1))),
            new Fault(
                level + ": ended a millisecond ago",
                Step.CERTIFICATE_VALIDITY,
                CERTIFICATE_EXPIRED,
                t -> t.certificate(level, c -> c.notAfter(NOW)).at(NOW.plusMillis(1))),
            validity(
                level,
                "begins after the skew",
                CERTIFICATE_NOT_YET_VALID,
                c -> c.notBefore(NOW.plus(skew).plusSeconds(1))),
            validity(
                level,
                "ends before it begins",
                CERTIFICATE_NOT_YET_VALID,
                c -> c.notBefore(NOW.plusSeconds(100)).notAfter(NOW.minusSeconds(100)))));
    Stream<Fault> issuers = EnumSet.complementOf(EnumSet.of(Level.LEAF)).stream()
        .map(level -> validity(
            level,
            "begins in a second: no skew for issuers",
            CERTIFICATE_NOT_YET_VALID,
            c -> c.notBefore(NOW.plusSeconds(1))));
    Stream<Fault> others = Stream.of(
        new Fault(
            "LEAF: begins in a second, without skew",
            Step.CERTIFICATE_VALIDITY,
            CERTIFICATE_NOT_YET_VALID,
            t -> t.certificate(Level.LEAF, c -> c.notBefore(NOW.plusSeconds(1)))
                .verifier(v -> v.clockSkew(Duration.ZERO))),
        new Fault(
            "LEAF: begins a millisecond after the skew",
            Step.CERTIFICATE_VALIDITY,
            CERTIFICATE_NOT_YET_VALID,
            t ->
                t.certificate(Level.LEAF, c -> c.notBefore(NOW.plus(skew))).at(NOW.minusMillis(1))),
        new Fault(
            "audit: signed a millisecond after the leaf ended",
            Step.CERTIFICATE_VALIDITY,
            CERTIFICATE_EXPIRED,
            t -> t.archived()
                .document(d -> d.timestamp(leafEnd().toEpochMilli() + 1))
                .at(leafEnd().plusSeconds(60))),
        new Fault(
            "audit: signed long before the leaf began",
            Step.CERTIFICATE_VALIDITY,
            CERTIFICATE_NOT_YET_VALID,
            t -> t.archived().document(d -> d.timestamp(1))),
        new Fault(
            "live: the leaf ended, the document says it had not",
            Step.CERTIFICATE_VALIDITY,
            CERTIFICATE_EXPIRED,
            t -> t.at(leafEnd().plusMillis(1))));
    return Stream.of(everyLevel, issuers, others).flatMap(s -> s);
  }

  private static Stream<Fault> denied() {
    Stream<Fault> everyLevel = EnumSet.allOf(Level.class).stream()
        .map(level -> new Fault(
            level + " denied",
            Step.DENY_LIST,
            CERTIFICATE_DENIED,
            t -> t.verifier(v -> v.deny(List.of(denial(CHAIN.certificate(level).x509()))))));
    // A tag of two bytes: Bouncy Castle reads such a name, X500Principal throws.
    byte[] name = Der.sequence(Der.set(
        Der.sequence(Der.oid("2.5.4.3"), new byte[] {(byte) 0x9f, (byte) 0x81, 1, 1, 'x'})));
    Fault unreadable = new Fault(
        "an issuer name that the JDK cannot read, under a deny-list",
        Step.DENY_LIST,
        CERTIFICATE_MALFORMED,
        t -> t.certificate(Level.INSTANCE, c -> c.subject(name))
            .verifier(v -> v.deny(List.of(denial(CHAIN.leaf().x509())))));
    return Stream.concat(everyLevel, Stream.of(unreadable));
  }

  private static Stream<Fault> signatures() {
    byte[] one = Der.integer(1);
    byte[] order = Der.integer(new BigInteger(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
            + "581a0db248b0a77aecec196accc52973",
        16));
    byte[] offCurve = offCurve();
    return Stream.of(
            unsigned("a bit flipped", Signatures::corrupted),
            unsigned("no bytes", s -> new byte[0]),
            unsigned("raw r and s", s -> new byte[96]),
            unsigned("a byte after it", s -> Arrays.copyOf(s, s.length + 1)),
            unsigned("BER length", Der::overlongLength),
            unsigned("a third number", s -> Der.sequence(Arrays.copyOfRange(s, 2, s.length), one)),
            unsigned("one number", s -> Der.sequence(one)),
            unsigned("r = s = 0", s -> Der.sequence(Der.integer(0), Der.integer(0))),
            unsigned("r = 0", s -> Der.sequence(Der.integer(0), one)),
            unsigned("s = 0", s -> Der.sequence(one, Der.integer(0))),
            unsigned("r = n", s -> Der.sequence(order, one)),
            unsigned("s = n", s -> Der.sequence(one, order)),
            unsigned("r = -1", s -> Der.sequence(Der.integer(-1), one)),
            unsigned(
                "text for numbers", s -> Der.sequence(Der.utf8String("r"), Der.utf8String("s"))),
            each(
                "signed by a key beside the chain",
                Step.CERTIFICATE_SIGNATURES,
                CERTIFICATE_SIGNATURE,
                c -> c.signingKey(CHAIN.leaf().keys().getPrivate())),
            each(
                "a point beside the curve",
                Step.CERTIFICATE_SIGNATURES,
                CERTIFICATE_ALGORITHM,
                c -> c.publicKeyInfo(offCurve)))
        .flatMap(s -> s);
  }

  private static Fault validity(
      Level level, String name, Reason reason, Consumer<CertificateBuilder> change) {
    return new Fault(
        level + ": " + name, Step.CERTIFICATE_VALIDITY, reason, t -> t.certificate(level, change));
  }

  private static Stream<Fault> each(
      String name, Step step, Reason reason, Consumer<CertificateBuilder> change) {
    return Fault.atEach(BELOW_ROOT, name, step, reason, change);
  }

  private static Stream<Fault> unsigned(String name, UnaryOperator<byte[]> change) {
    return each(
        "signature: " + name,
        Step.CERTIFICATE_SIGNATURES,
        CERTIFICATE_SIGNATURE,
        c -> c.signature(change));
  }

  static DeniedCertificate denial(X509Certificate certificate) {
    return new DeniedCertificate(
        certificate.getIssuerX500Principal(), certificate.getSerialNumber());
  }

  private static Instant leafEnd() {
    return CHAIN.leaf().validity().notAfter();
  }

  /** A public key whose x and y were exchanged, which is on the curve by no chance that counts. */
  static byte[] offCurve() {
    byte[] info = CHAIN.leaf().keys().getPublic().getEncoded();
    int x = info.length - 96;
    int y = info.length - 48;
    return Cbor.concat(
        Arrays.copyOf(info, x),
        Arrays.copyOfRange(info, y, info.length),
        Arrays.copyOfRange(info, x, y));
  }
}
