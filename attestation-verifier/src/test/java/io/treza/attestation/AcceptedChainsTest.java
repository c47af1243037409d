package io.treza.attestation;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.CertificateExtension.Usage;
import io.treza.testkit.Der;
import io.treza.testkit.Naming;
import io.treza.testkit.Signatures;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Chains and times that look odd and are right, each edge included. */
class AcceptedChainsTest {
  private static final Instant NOW = Trial.NOW;

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddities")
  void accepts(Oddity oddity) {
    oddity.check();
  }

  static Stream<Oddity> oddities() {
    return Stream.of(certificates(), chains(), times()).flatMap(s -> s);
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
                    v -> v.deny(List.of(LinkFaultsTest.denial(Trial.CHAIN.leaf().x509()))))));
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
            Oddity.inDocument(
                "30 seconds ahead", d -> d.timestamp(NOW.plus(skew).toEpochMilli())),
            Oddity.inDocument(
                "300 seconds old", d -> d.timestamp(NOW.minusSeconds(300).toEpochMilli())),
            new Oddity(
                "now, without any tolerance",
                t -> t.verifier(v -> v.maxAge(Duration.ZERO).clockSkew(Duration.ZERO))),
            new Oddity(
                "no limit of age or skew",
                t -> t.verifier(v -> v.maxAge(ChronoUnit.FOREVER.getDuration())
                    .clockSkew(ChronoUnit.FOREVER.getDuration()))),
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

  private static Oddity certificate(Level level, String name, Consumer<CertificateBuilder> change) {
    return new Oddity(level + ": " + name, t -> t.certificate(level, change));
  }

  private static Oddity without(String what, Level... levels) {
    return new Oddity("a chain without " + what, t -> {
      CertificateChain.Builder builder = Trial.chainUnder(Trial.ROOT);
      List.of(levels).forEach(builder::without);
      t.chain(builder.build());
    });
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

  private static Instant leafEnd() {
    return Trial.CHAIN.leaf().validity().notAfter();
  }
}
