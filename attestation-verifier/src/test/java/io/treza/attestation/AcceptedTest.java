package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.treza.testkit.Cbor;
import io.treza.testkit.Cbor.Width;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.CertificateExtension.Usage;
import io.treza.testkit.Der;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.DocumentBuilder.Element;
import io.treza.testkit.Naming;
import io.treza.testkit.Pcrs;
import io.treza.testkit.Signatures;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What looks odd and is right: verifiers that refuse it refuse real documents, or will. */
class AcceptedTest {
  private static final Instant NOW = Trial.NOW;

  /** Something right, and how it is made. */
  record Oddity(String name, Consumer<Trial> making) {
    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddities")
  void accepts(Oddity oddity) {
    Trial trial = new Trial();
    oddity.making().accept(trial);
    Object result = trial.judge();
    List<Step> steps = result instanceof AuditedAttestation audited
        ? audited.steps()
        : assertInstanceOf(VerifiedAttestation.class, result, result::toString).steps();
    List<Step> all = Arrays.asList(Step.values());
    assertEquals(
        result instanceof AuditedAttestation ? all.subList(0, all.size() - 1) : all, steps);
  }

  static Stream<Oddity> oddities() {
    return Stream.of(envelopes(), payloads(), fields(), certificates(), chains(), times(), pins())
        .flatMap(s -> s);
  }

  private static Stream<Oddity> envelopes() {
    return Stream.of(
        new Oddity("nothing odd", t -> {}),
        document("tag 18", d -> d.envelope(e -> Cbor.tag(18, Cbor.array(e)))),
        document(
            "tag 18 in two bytes",
            d -> d.envelope(e -> Cbor.concat(Cbor.head(6, 18, Width.ONE), Cbor.array(e)))),
        document(
            "an array head in two bytes",
            d -> d.envelope(e ->
                Cbor.concat(Cbor.head(4, 4, Width.ONE), Cbor.concat(e.toArray(byte[][]::new))))),
        document(
            "an empty unprotected map of indefinite length",
            d -> d.unprotectedHeader(Cbor.indefiniteMap())),
        lengths("the protected header", Element.PROTECTED, Width.ONE),
        lengths("the payload", Element.PAYLOAD, Width.EIGHT),
        lengths("the signature", Element.SIGNATURE, Width.FOUR),
        document("s in the upper half", d -> d.signature(Signatures::highS)),
        document("s in the lower half", d -> d.signature(Signatures::lowS)),
        new Oddity("as large as allowed", t -> {
          byte[] fixed = t.build();
          t.document(d -> d.envelope(e -> fixed)).verifier(v -> v.maxDocumentBytes(fixed.length));
        }));
  }

  private static Stream<Oddity> payloads() {
    return Stream.of(
        document("a map of indefinite length", d -> d.indefiniteMap(true)),
        document(
            "a map head of nine bytes",
            d -> d.payload(p ->
                Cbor.concat(Cbor.head(5, 9, Width.EIGHT), Arrays.copyOfRange(p, 1, p.length)))),
        document("indefinite pcrs", d -> d.field("pcrs", Cbor.indefiniteMap(pcrItems(0, 3)))),
        document(
            "indefinite cabundle",
            d -> d.field(
                "cabundle",
                Cbor.indefiniteArray(
                    Trial.CHAIN.cabundle().stream().map(Cbor::bytes).toArray(byte[][]::new)))),
        document(
            "long spelling of a key",
            d -> d.key("nonce", Cbor.text("nonce".getBytes(StandardCharsets.UTF_8), Width.TWO))),
        document(
            "long spelling of PCR indices",
            d -> d.field(
                "pcrs",
                Cbor.map(
                    Cbor.integer(0, Width.ONE), pcr(0),
                    Cbor.integer(1, Width.TWO), pcr(1),
                    Cbor.integer(2, Width.EIGHT), pcr(2)))),
        document(
            "long spelling of text",
            d -> d.field(
                "digest", Cbor.text("SHA384".getBytes(StandardCharsets.UTF_8), Width.EIGHT))),
        document(
            "long spelling of bytes", d -> d.field("nonce", Cbor.bytes(new byte[32], Width.EIGHT))),
        document(
            "PCRs in another order",
            d -> d.field(
                "pcrs",
                Cbor.map(
                    Cbor.integer(2), pcr(2), Cbor.integer(0), pcr(0), Cbor.integer(1), pcr(1)))),
        document(
            "fields in another order",
            d -> d.without("module_id").moduleId(Trial.CHAIN.moduleId())));
  }

  private static Stream<Oddity> fields() {
    Stream<Oddity> optionals = Stream.of("public_key", "user_data", "nonce")
        .flatMap(name -> Stream.of(
            document(name + " absent", d -> d.without(name)),
            document(name + " empty", d -> d.field(name, Cbor.bytes(new byte[0]))),
            document(name + " of 1024 bytes", d -> d.field(name, Cbor.bytes(new byte[1024])))));
    return Stream.concat(
        optionals,
        Stream.of(
            document(
                "all optional fields absent",
                d -> d.without("public_key").without("user_data").without("nonce")),
            document(
                "all optional fields of 1024 bytes",
                d -> d.publicKey(new byte[1024]).userData(new byte[1024]).nonce(new byte[1024])),
            document("PCR16", d -> d.pcr(16, new byte[48])),
            document("PCR31", d -> d.pcr(31, new byte[48])),
            document("32 PCRs", d -> IntStream.range(16, 32).forEach(i -> d.pcr(i, new byte[48]))),
            document("PCR0 to PCR2 alone", d -> IntStream.range(3, 16).forEach(d::withoutPcr)),
            document("gaps between PCRs", d -> d.withoutPcr(7).withoutPcr(9).pcr(29, new byte[48])),
            document("a PCR of 32 bytes", d -> d.pcr(5, new byte[32])),
            document("a PCR of 64 bytes", d -> d.pcr(5, new byte[64])),
            document("PCR4 absent", d -> d.withoutPcr(4)),
            document("PCR4 zero", d -> d.pcr(4, Pcrs.zero())),
            document(
                "PCR3, PCR8 and PCR15 zero",
                d -> d.pcr(3, Pcrs.zero()).pcr(8, Pcrs.zero()).pcr(15, Pcrs.zero()))));
  }

  private static Stream<Oddity> certificates() {
    CertificateExtension unknown = CertificateExtension.of("1.2.3.4", false, new byte[] {1});
    Stream<Oddity> each = Stream.of(Level.values())
        .flatMap(level -> Stream.of(
            certificate(level, "an unknown extension", c -> c.extension(unknown)),
            certificate(
                level,
                "critical keyUsage of all bits",
                c -> c.extension(CertificateExtension.keyUsage(true, Usage.values()))),
            certificate(
                level,
                "keyUsage, not critical",
                c -> c.extension(CertificateExtension.keyUsage(
                    false, Usage.KEY_CERT_SIGN, Usage.DIGITAL_SIGNATURE))),
            certificate(
                level,
                "a serial number of 20 bytes",
                c -> c.serial(BigInteger.TWO.pow(159).subtract(BigInteger.ONE)))));
    Stream<Oddity> others = Stream.of(
        certificate(Level.ROOT, "path length 3", c -> c.extension(pathLength(3))),
        certificate(
            Level.REGIONAL,
            "no path length",
            c -> c.extension(CertificateExtension.basicConstraints(true))),
        certificate(
            Level.REGIONAL,
            "path length 2^63",
            c -> c.extension(pathLength(BigInteger.TWO.pow(63)))),
        certificate(
            Level.ZONAL, "path length 2^64", c -> c.extension(pathLength(BigInteger.TWO.pow(64)))),
        certificate(
            Level.ROOT, "path length 2^32", c -> c.extension(pathLength(BigInteger.TWO.pow(32)))),
        certificate(
            Level.LEAF,
            "no basicConstraints",
            c -> c.withoutExtension(CertificateExtension.BASIC_CONSTRAINTS)),
        certificate(
            Level.LEAF,
            "basicConstraints, not critical",
            c -> c.extension(CertificateExtension.basicConstraints(false).critical(false))),
        certificate(
            Level.LEAF,
            "extendedKeyUsage",
            c -> c.extension(CertificateExtension.extendedKeyUsage(false, "1.3.6.1.5.5.7.3.1"))),
        certificate(
            Level.ROOT,
            "a self-signature that is none: the root is pinned",
            c -> c.signature(Signatures::corrupted)));
    return Stream.concat(each, others);
  }

  private static Stream<Oddity> chains() {
    CertificateChain other = Trial.CHAIN.withNewLeaf();
    return Stream.of(
        without("the zone", Level.ZONAL),
        without("region and zone", Level.REGIONAL, Level.ZONAL),
        new Oddity("the bundle as long as allowed", t -> t.verifier(v -> v.maxCertificates(4))),
        new Oddity(
            "AWS's names under a root of AWS's profile",
            t -> t.chain(Trial.chainUnder(Trial.root(Naming.AWS_SHAPED)).build())
                .pin(root -> TrustAnchor.ofRoot("shaped like AWS's", root))),
        new Oddity(
            "a simulated root that announces itself",
            t -> t.pin(root -> TrustAnchor.ofRoot("announced", root))),
        new Oddity(
            "a denied serial number of another issuer",
            t -> t.verifier(v -> v.deny(List.of(new DeniedCertificate(
                Trial.CHAIN.leaf().x509().getSubjectX500Principal(),
                Trial.CHAIN.leaf().x509().getSerialNumber()))))),
        new Oddity(
            "another leaf of the same enclave denied",
            t -> t.certificate(Level.LEAF, c -> c.serial(BigInteger.TEN))
                .verifier(
                    v -> v.deny(List.of(ChainFaultsTest.denial(other.leaf().x509()))))));
  }

  private static Stream<Oddity> times() {
    Duration skew = Duration.ofSeconds(30);
    Stream<Oddity> edges = Stream.of(Level.values())
        .flatMap(level -> Stream.of(
            certificate(level, "begins now", c -> c.notBefore(NOW)),
            certificate(level, "ends now", c -> c.notAfter(NOW))));
    return Stream.concat(
        edges,
        Stream.of(
            certificate(Level.LEAF, "begins in 10 seconds", c -> c.notBefore(NOW.plusSeconds(10))),
            certificate(
                Level.LEAF, "begins at the end of the skew", c -> c.notBefore(NOW.plus(skew))),
            document("30 seconds ahead", d -> d.timestamp(NOW.plus(skew).toEpochMilli())),
            document("300 seconds old", d -> d.timestamp(NOW.minusSeconds(300).toEpochMilli())),
            new Oddity(
                "now, without any tolerance",
                t -> t.verifier(v -> v.maxAge(Duration.ZERO).clockSkew(Duration.ZERO))),
            new Oddity("audit: a year later", t -> t.archived().at(NOW.plus(Duration.ofDays(365)))),
            new Oddity(
                "audit: signed when the leaf ended",
                t -> t.archived()
                    .document(d -> d.timestamp(leafEnd().toEpochMilli()))
                    .at(leafEnd())),
            new Oddity(
                "audit: 30 seconds ahead",
                t -> t.archived().document(d -> d.timestamp(NOW.plus(skew).toEpochMilli())))));
  }

  private static Stream<Oddity> pins() {
    String role = "arn:aws:iam::123456789012:role/a/b";
    byte[] signer = Trial.ROOT.certificate().der();
    byte[] pem = Trial.ROOT.certificate().pem().getBytes(StandardCharsets.US_ASCII);
    Measurements first = ExpectationFaultsTest.release(1).build();
    Measurements second = ExpectationFaultsTest.release(2).build();
    return Stream.of(
        new Oddity(
            "the second of two releases",
            t -> t.document(d -> ExpectationFaultsTest.measure(d, 2, 2, 2))
                .expecting(Expectation.measurements(List.of(first, second))
                    .withoutNonce()
                    .build())),
        new Oddity(
            "more PCRs than pinned",
            t -> t.document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1)
                    .pcr(8, new byte[48])
                    .pcr(16, new byte[48]))
                .expecting(Expectation.measurements(first).withoutNonce().build())),
        new Oddity(
            "debug mode, accepted",
            t -> t.document(d -> d.pcr(0, Pcrs.zero()).pcr(1, Pcrs.zero()).pcr(2, Pcrs.zero()))
                .expecting(Expectation.acceptAnyMeasurement()
                    .withoutNonce()
                    .acceptDebugMode()
                    .build())),
        pinned(
            "everything",
            e -> e.userData(new byte[] {1})
                .publicKey(new byte[] {2})
                .region("us-east-1")
                .instanceId(Trial.CHAIN.instanceId())
                .roleArn(role)
                .signingCertificate(signer),
            d -> d.userData(new byte[] {1})
                .publicKey(new byte[] {2})
                .pcr(3, Pcrs.ofRole(role))
                .pcr(8, Pcrs.ofSigningCertificate(signer))),
        pinned(
            "a signer given in PEM",
            e -> e.signingCertificate(pem),
            d -> d.pcr(8, Pcrs.ofSigningCertificate(signer))),
        pinned("empty user_data", e -> e.userData(new byte[0]), d -> d.userData(new byte[0])),
        pinned(
            "user_data of 1024 bytes",
            e -> e.userData(new byte[1024]),
            d -> d.userData(new byte[1024])),
        new Oddity(
            "the expected nonce",
            t -> t.document(d -> d.nonce(new byte[] {7}))
                .expecting(
                    Expectation.acceptAnyMeasurement().nonce(new byte[] {7}).build())));
  }

  private static Oddity document(String name, Consumer<DocumentBuilder> change) {
    return new Oddity(name, t -> t.document(change));
  }

  private static Oddity certificate(Level level, String name, Consumer<CertificateBuilder> change) {
    return new Oddity(level + ": " + name, t -> t.certificate(level, change));
  }

  private static Oddity lengths(String what, Element element, Width width) {
    return document(
        "long spelling of the length of " + what,
        d -> d.element(element, c -> Cbor.bytes(c, width)));
  }

  private static Oddity without(String what, Level... levels) {
    CertificateChain.Builder builder = Trial.chainUnder(Trial.ROOT);
    List.of(levels).forEach(builder::without);
    return new Oddity("a chain without " + what, t -> t.chain(builder.build()));
  }

  private static Oddity pinned(
      String what, UnaryOperator<Expectation.Builder> pins, Consumer<DocumentBuilder> change) {
    Expectation expectation =
        pins.apply(Expectation.acceptAnyMeasurement().withoutNonce()).build();
    return new Oddity("pinned: " + what, t -> t.document(change).expecting(expectation));
  }

  private static CertificateExtension pathLength(long length) {
    return pathLength(BigInteger.valueOf(length));
  }

  private static CertificateExtension pathLength(BigInteger length) {
    return CertificateExtension.of(
        CertificateExtension.BASIC_CONSTRAINTS,
        true,
        Der.sequence(Der.bool(true), Der.integer(length)));
  }

  private static byte[][] pcrItems(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> new byte[][] {Cbor.integer(i), pcr(i)})
        .flatMap(Arrays::stream)
        .toArray(byte[][]::new);
  }

  private static byte[] pcr(int index) {
    return Cbor.bytes(ExpectationFaultsTest.value(index + 1).toByteArray());
  }

  private static Instant leafEnd() {
    return Trial.CHAIN.leaf().validity().notAfter();
  }
}
