package io.treza.attestation;

import static io.treza.attestation.Reason.FUTURE_TIMESTAMP;
import static io.treza.attestation.Reason.INSTANCE_MISMATCH;
import static io.treza.attestation.Reason.MODULE_ID_MISMATCH;
import static io.treza.attestation.Reason.NAMING;
import static io.treza.attestation.Reason.PCR4_MISMATCH;
import static io.treza.attestation.Reason.TOO_OLD;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.Der;
import io.treza.testkit.Naming;
import io.treza.testkit.Pcrs;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Authentic documents that contradict their certificates' names, or the clock. */
class IdentityFaultsTest {
  private static final String INSTANCE = Trial.CHAIN.instanceId();
  private static final String MODULE = Trial.CHAIN.moduleId();
  private static final String LEAF_SUFFIX = ".us-east-1.simulated";
  private static final String ISSUER_SUFFIX = LEAF_SUFFIX + ".nitro-enclaves";

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(modules(), leafNames(), issuerNames(), partitions(), instances(), times())
        .flatMap(s -> s);
  }

  private static Stream<Fault> modules() {
    return Stream.of(
            "sim-i-0aaaaaaaaaaaaaaaa-enc0123456789abcdef",
            INSTANCE,
            INSTANCE + "-enc0123456789abcdef",
            INSTANCE + "-tpm0000000000000000",
            MODULE + " ",
            MODULE + "0",
            MODULE.substring(0, MODULE.length() - 1),
            MODULE.substring("sim-".length()),
            MODULE + LEAF_SUFFIX,
            "x".repeat(1025))
        .map(id -> Fault.inDocument(
            "module_id " + id, Step.IDENTITY, MODULE_ID_MISMATCH, d -> d.moduleId(id)));
  }

  private static Stream<Fault> leafNames() {
    return Stream.of(
        leafNamed("no region", MODULE + ".simulated"),
        leafNamed("no partition", MODULE + ".us-east-1"),
        leafNamed("no module", "us-east-1.simulated"),
        leafNamed("an issuer's", MODULE + ISSUER_SUFFIX),
        leafNamed("an instance's", INSTANCE + LEAF_SUFFIX),
        leafNamed("AWS's partition", MODULE + ".us-east-1.aws"),
        leafNamed("AWS's module", MODULE.substring(4) + LEAF_SUFFIX),
        leafNamed("a TPM's", INSTANCE + "-tpm0000000000000000" + LEAF_SUFFIX),
        leafNamed("upper-case digits", INSTANCE + "-encABCDEF" + LEAF_SUFFIX),
        leafNamed("an instance of 7 digits", "sim-i-0123456-enc0" + LEAF_SUFFIX),
        leafNamed("an instance of 18 digits", "sim-i-0123456789abcdef01-enc0" + LEAF_SUFFIX),
        leafNamed("an enclave of no digits", INSTANCE + "-enc" + LEAF_SUFFIX),
        leafNamed("an enclave of 33 digits", INSTANCE + "-enc" + "0".repeat(33) + LEAF_SUFFIX),
        leafNamed("a dot in the region", MODULE + ".us.east.simulated"),
        leafNamed("an upper-case region", MODULE + ".US-EAST-1.simulated"),
        leafNamed("something in front", "x" + MODULE + LEAF_SUFFIX),
        leafNamed("something behind", MODULE + LEAF_SUFFIX + "x"),
        leafNamed("a line behind", MODULE + LEAF_SUFFIX + "\n"),
        leafNamed("nothing", ""),
        identity(
            "LEAF: named twice",
            NAMING,
            t -> t.certificate(
                Level.LEAF,
                c -> c.subject(Der.sequence(
                    commonName(MODULE + LEAF_SUFFIX), commonName(MODULE + LEAF_SUFFIX))))),
        identity(
            "LEAF: named in a set of two",
            NAMING,
            t -> t.certificate(
                Level.LEAF,
                c -> c.subject(
                    Der.sequence(Der.set(organization(), common(MODULE + LEAF_SUFFIX)))))),
        identity(
            "LEAF: without common name",
            NAMING,
            t -> t.certificate(Level.LEAF, c -> c.subject(Der.sequence(Der.set(organization()))))));
  }

  private static Stream<Fault> issuerNames() {
    return Stream.of(
        issuerNamed(Level.REGIONAL, "0.eu-west-1.simulated.nitro-enclaves"),
        issuerNamed(Level.ZONAL, "0.zonal.eu-west-1.simulated.nitro-enclaves"),
        issuerNamed(Level.INSTANCE, INSTANCE + ".eu-west-1.simulated.nitro-enclaves"),
        issuerNamed(Level.REGIONAL, "0.xus-east-1.simulated.nitro-enclaves"),
        issuerNamed(Level.REGIONAL, "0.us-east-1.aws.nitro-enclaves"),
        issuerNamed(Level.ZONAL, "0.zonal.us-east-1.simulated"),
        issuerNamed(Level.ZONAL, "0.zonal" + ISSUER_SUFFIX + "x"),
        issuerNamed(Level.ZONAL, ""),
        leafNamed("another region than the issuers'", MODULE + ".eu-west-1.simulated"));
  }

  private static Stream<Fault> partitions() {
    return Stream.of(
        identity(
            "AWS's names under a development root",
            NAMING,
            t -> t.chain(Trial.chainUnder(Trial.root(Naming.AWS_SHAPED)).build())),
        identity(
            "AWS's names under a root of another partition",
            NAMING,
            t -> t.chain(Trial.chainUnder(Trial.root(Naming.AWS_SHAPED))
                    .certificate(Level.ROOT, c -> c.subjectCommonName("aws-cn.nitro-enclaves"))
                    .build())
                .pin(root -> TrustAnchor.ofRoot("China", root))),
        simulatedUnder("aws.nitro-enclaves"),
        simulatedUnder("aws-us-gov.nitro-enclaves"),
        simulatedUnder("My own root"));
  }

  private static Stream<Fault> instances() {
    return Stream.of(
        instanceNamed("sim-i-0aaaaaaaaaaaaaaaa" + ISSUER_SUFFIX),
        instanceNamed("x" + INSTANCE + ISSUER_SUFFIX),
        instanceNamed(INSTANCE + "0" + ISSUER_SUFFIX),
        instanceNamed("0.zonal" + ISSUER_SUFFIX),
        identity(
            "a chain without instance level",
            INSTANCE_MISMATCH,
            t -> t.chain(Trial.chainUnder(Trial.ROOT).without(Level.INSTANCE).build())),
        identity(
            "a leaf right under the root",
            INSTANCE_MISMATCH,
            t -> t.chain(Trial.chainUnder(Trial.ROOT)
                .without(Level.REGIONAL)
                .without(Level.ZONAL)
                .without(Level.INSTANCE)
                .build())),
        pcr4("another instance's PCR4", Pcrs.ofInstance("sim-i-0aaaaaaaaaaaaaaaa")),
        pcr4("PCR4 of the module", Pcrs.ofInstance(MODULE)),
        pcr4("PCR4 of the id without sim-", Pcrs.ofInstance(INSTANCE.substring(4))),
        pcr4("PCR4 cut to 32 bytes", Arrays.copyOf(Pcrs.ofInstance(INSTANCE), 32)),
        pcr4("PCR4 padded to 64 bytes", Arrays.copyOf(Pcrs.ofInstance(INSTANCE), 64)));
  }

  private static Stream<Fault> times() {
    long now = Trial.NOW.toEpochMilli();
    return Stream.of(
        time("30.001 s ahead", FUTURE_TIMESTAMP, t -> t.document(d -> d.timestamp(now + 30_001))),
        time(
            "a year ahead",
            FUTURE_TIMESTAMP,
            t -> t.document(d -> d.timestamp(now + Duration.ofDays(365).toMillis()))),
        time(
            "year 9999",
            FUTURE_TIMESTAMP,
            t -> t.document(d -> d.timestamp(Limits.LAST_TIMESTAMP_MILLIS))),
        time(
            "a millisecond ahead, without skew",
            FUTURE_TIMESTAMP,
            t -> t.document(d -> d.timestamp(now + 1)).verifier(v -> v.clockSkew(Duration.ZERO))),
        time(
            "audit: 30.001 s ahead",
            FUTURE_TIMESTAMP,
            t -> t.archived().document(d -> d.timestamp(now + 30_001))),
        time("300.001 s old", TOO_OLD, t -> t.document(d -> d.timestamp(now - 300_001))),
        time("300.001 s old by the clock", TOO_OLD, t -> t.at(Trial.NOW.plusMillis(300_001))),
        time("of 1970", TOO_OLD, t -> t.document(d -> d.timestamp(1))),
        time("seconds for milliseconds", TOO_OLD, t -> t.document(d -> d.timestamp(now / 1000))),
        time(
            "10.001 s old of 10",
            TOO_OLD,
            t -> t.document(d -> d.timestamp(now - 10_001))
                .verifier(v -> v.maxAge(Duration.ofSeconds(10)))),
        time(
            "a millisecond old of none",
            TOO_OLD,
            t -> t.document(d -> d.timestamp(now - 1)).verifier(v -> v.maxAge(Duration.ZERO))),
        time(
            "no skew for age",
            TOO_OLD,
            t -> t.document(d -> d.timestamp(now - 300_001))
                .verifier(v -> v.clockSkew(Duration.ofHours(1)))));
  }

  private static Fault identity(String name, Reason reason, Consumer<Trial> making) {
    return new Fault(name, Step.IDENTITY, reason, making);
  }

  private static Fault time(String name, Reason reason, Consumer<Trial> making) {
    return new Fault("time: " + name, Step.FRESHNESS, reason, making);
  }

  private static Fault leafNamed(String what, String commonName) {
    return identity(
        "LEAF: named with " + what,
        NAMING,
        t -> t.certificate(Level.LEAF, c -> c.subjectCommonName(commonName))
            .document(d -> d.moduleId(MODULE)));
  }

  /** Every name below says the same as always; only this one differs. */
  private static Fault issuerNamed(Level level, String commonName) {
    return identity(
        level + ": named \"" + commonName + "\"",
        NAMING,
        t -> t.chain(chainOfModule()
            .certificate(level, c -> c.subjectCommonName(commonName))
            .build()));
  }

  private static Fault instanceNamed(String commonName) {
    return identity(
        "INSTANCE: named " + commonName,
        INSTANCE_MISMATCH,
        t -> t.chain(chainOfModule()
            .certificate(Level.INSTANCE, c -> c.subjectCommonName(commonName))
            .build()));
  }

  private static CertificateChain.Builder chainOfModule() {
    return Trial.chainUnder(Trial.ROOT).instanceId(INSTANCE);
  }

  private static Fault simulatedUnder(String rootName) {
    return identity(
        "simulated names under a root named " + rootName,
        NAMING,
        t -> t.certificate(Level.ROOT, c -> c.subjectCommonName(rootName))
            .pin(root -> TrustAnchor.ofRoot("a root", root)));
  }

  private static Fault pcr4(String name, byte[] value) {
    return identity(name, PCR4_MISMATCH, t -> t.document(d -> d.pcr(4, value)));
  }

  private static byte[] commonName(String value) {
    return Der.set(common(value));
  }

  private static byte[] common(String value) {
    return Der.sequence(Der.oid("2.5.4.3"), Der.utf8String(value));
  }

  private static byte[] organization() {
    return Der.sequence(Der.oid("2.5.4.10"), Der.utf8String("x"));
  }
}
