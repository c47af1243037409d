package io.treza.attestation;

import static io.treza.testkit.CertificateExtension.Usage.CRL_SIGN;
import static io.treza.testkit.CertificateExtension.Usage.DECIPHER_ONLY;
import static io.treza.testkit.CertificateExtension.Usage.DIGITAL_SIGNATURE;
import static io.treza.testkit.CertificateExtension.Usage.KEY_CERT_SIGN;
import static io.treza.testkit.CertificateExtension.Usage.NON_REPUDIATION;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.Der;
import java.math.BigInteger;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Certificates that may not do, at their level, what the chain uses them for. */
class CertificateUseFaultsTest {
  private static final Set<Level> ALL = EnumSet.allOf(Level.class);

  private static final Set<Level> ISSUERS = EnumSet.complementOf(EnumSet.of(Level.LEAF));

  private static final Set<Level> LEAF = EnumSet.of(Level.LEAF);

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(constraints(), usages()).flatMap(s -> s).flatMap(s -> s);
  }

  private static Stream<Stream<Fault>> constraints() {
    return Stream.of(
        constraints(
            ISSUERS, "none", c -> c.withoutExtension(CertificateExtension.BASIC_CONSTRAINTS)),
        constraints(
            ISSUERS,
            "not critical",
            c -> c.extension(CertificateExtension.basicConstraints(true).critical(false))),
        constraints(
            ISSUERS, "no CA", c -> c.extension(CertificateExtension.basicConstraints(false))),
        constraints(
            ISSUERS,
            "no CA, spelt out",
            c -> c.extension(CertificateExtension.of(
                CertificateExtension.BASIC_CONSTRAINTS, true, Der.sequence(Der.bool(false))))),
        constraints(
            ISSUERS,
            "no CA, but a path length",
            c -> c.extension(CertificateExtension.basicConstraints(false, 5))),
        constraints(LEAF, "a CA", c -> c.extension(CertificateExtension.basicConstraints(true))),
        constraints(
            LEAF,
            "a CA, not critical",
            c -> c.extension(CertificateExtension.basicConstraints(true).critical(false))),
        constraints(
            LEAF,
            "a CA of path length 0",
            c -> c.extension(CertificateExtension.basicConstraints(true, 0))),
        constraints(
            LEAF,
            "no CA, but a path length",
            c -> c.extension(CertificateExtension.basicConstraints(false, 0))),
        pathLength(Level.ROOT, 2),
        pathLength(Level.ROOT, 0),
        pathLength(Level.REGIONAL, 1),
        pathLength(Level.ZONAL, 0),
        pathLength(Level.INSTANCE, -1),
        pathLength(Level.ROOT, Long.MIN_VALUE),
        refused(
            EnumSet.of(Level.REGIONAL),
            "path length -2^64",
            Reason.PATH_LENGTH,
            c -> c.extension(CertificateExtension.of(
                CertificateExtension.BASIC_CONSTRAINTS,
                true,
                Der.sequence(Der.bool(true), Der.integer(BigInteger.TWO.pow(64).negate()))))));
  }

  private static Stream<Fault> constraints(
      Set<Level> levels, String name, Consumer<CertificateBuilder> change) {
    return refused(levels, "basicConstraints: " + name, Reason.BASIC_CONSTRAINTS, change);
  }

  private static Stream<Stream<Fault>> usages() {
    return Stream.of(
        refused(
            ALL,
            "no keyUsage",
            Reason.KEY_USAGE,
            c -> c.withoutExtension(CertificateExtension.KEY_USAGE)),
        usage(ALL, "empty"),
        usage(ISSUERS, "digitalSignature and cRLSign", DIGITAL_SIGNATURE, CRL_SIGN),
        usage(
            ISSUERS,
            "all but keyCertSign",
            EnumSet.complementOf(EnumSet.of(KEY_CERT_SIGN))
                .toArray(CertificateExtension.Usage[]::new)),
        usage(LEAF, "nonRepudiation", NON_REPUDIATION),
        usage(LEAF, "keyCertSign", KEY_CERT_SIGN),
        usage(
            LEAF,
            "all but digitalSignature",
            EnumSet.complementOf(EnumSet.of(DIGITAL_SIGNATURE))
                .toArray(CertificateExtension.Usage[]::new)),
        usage(ALL, "decipherOnly", DECIPHER_ONLY),
        critical("an unknown extension", CertificateExtension.of("1.2.3.4", true, new byte[0])),
        critical(
            "extensionRequest",
            CertificateExtension.of("1.2.840.113549.1.9.14", true, Der.nullValue())),
        critical(
            "extendedKeyUsage", CertificateExtension.extendedKeyUsage(true, "1.3.6.1.5.5.7.3.1")),
        critical(
            "nameConstraints",
            CertificateExtension.of(CertificateExtension.NAME_CONSTRAINTS, true, Der.sequence())),
        critical(
            "certificatePolicies",
            CertificateExtension.of(
                "2.5.29.32", true, Der.sequence(Der.sequence(Der.oid("2.5.29.32.0"))))),
        critical("policyConstraints", CertificateExtension.of("2.5.29.36", true, Der.sequence())),
        critical(
            "subjectKeyIdentifier",
            CertificateExtension.of(
                CertificateExtension.SUBJECT_KEY_IDENTIFIER, true, Der.octetString(new byte[20]))),
        critical(
            "cRLDistributionPoints",
            CertificateExtension.crlDistributionPoint("http://x/").critical(true)));
  }

  private static Stream<Fault> refused(
      Set<Level> levels, String name, Reason reason, Consumer<CertificateBuilder> change) {
    return Fault.atEach(levels, name, Step.CERTIFICATE_PROFILE, reason, change);
  }

  private static Stream<Fault> pathLength(Level level, long length) {
    return refused(
        EnumSet.of(level),
        "path length " + length,
        Reason.PATH_LENGTH,
        c -> c.extension(CertificateExtension.basicConstraints(true, length)));
  }

  private static Stream<Fault> usage(
      Set<Level> levels, String name, CertificateExtension.Usage... usages) {
    return refused(
        levels,
        "keyUsage: " + name,
        Reason.KEY_USAGE,
        c -> c.extension(CertificateExtension.keyUsage(true, usages)));
  }

  private static Stream<Fault> critical(String name, CertificateExtension extension) {
    return refused(
        ALL, "critical: " + name, Reason.UNKNOWN_CRITICAL_EXTENSION, c -> c.extension(extension));
  }
}
