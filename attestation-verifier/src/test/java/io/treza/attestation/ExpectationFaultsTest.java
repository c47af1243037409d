package io.treza.attestation;

import static io.treza.attestation.Reason.DEBUG_MODE;
import static io.treza.attestation.Reason.ENCLAVE_MISMATCH;
import static io.treza.attestation.Reason.INSTANCE_ID_MISMATCH;
import static io.treza.attestation.Reason.MEASUREMENT_MISMATCH;
import static io.treza.attestation.Reason.NONCE_MISMATCH;
import static io.treza.attestation.Reason.PUBLIC_KEY_MISMATCH;
import static io.treza.attestation.Reason.REGION_MISMATCH;
import static io.treza.attestation.Reason.ROLE_MISMATCH;
import static io.treza.attestation.Reason.SIGNING_CERTIFICATE_MISMATCH;
import static io.treza.attestation.Reason.USER_DATA_MISMATCH;

import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Pcrs;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Authentic, fresh documents that are not the expected ones. */
class ExpectationFaultsTest {
  private static final String ROLE = "arn:aws:iam::123456789012:role/team/Webserver";
  private static final byte[] SIGNER = Trial.ROOT.certificate().der();
  private static final byte[] DATA = new byte[] {1, 2, 3};
  private static final Measurements RELEASE_1 = release(1).build();
  private static final Measurements RELEASE_2 = release(2).build();

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(debug(), measurements(), nonces(), userData(), publicKeys(), origins())
        .flatMap(s -> s);
  }

  private static Stream<Fault> debug() {
    Stream<Fault> each = IntStream.rangeClosed(0, 2)
        .boxed()
        .flatMap(i -> Stream.of(
            debug("PCR" + i + " zero", d -> d.pcr(i, Pcrs.zero())),
            debug("PCR" + i + " absent", d -> d.withoutPcr(i)),
            debug("PCR" + i + " of 32 zeros", d -> d.pcr(i, new byte[32])),
            debug("PCR" + i + " of 64 zeros", d -> d.pcr(i, new byte[64]))));
    Stream<Fault> others = Stream.of(
        debug(
            "as real: PCR0 to PCR2 zero, PCR3 and PCR4 set",
            d -> debugMode(d).pcr(3, Pcrs.ofRole(ROLE))),
        debug(
            "only PCR4 listed",
            d -> d.field(
                "pcrs",
                Cbor.map(Cbor.integer(4), Cbor.bytes(Pcrs.ofInstance(Trial.CHAIN.instanceId()))))),
        new Fault(
            "audit: debug mode",
            Step.DEBUG_MODE,
            DEBUG_MODE,
            t -> t.archived().document(ExpectationFaultsTest::debugMode)),
        new Fault(
            "debug mode accepted, measurements pinned",
            Step.MEASUREMENTS,
            MEASUREMENT_MISMATCH,
            t -> t.document(ExpectationFaultsTest::debugMode)
                .expecting(Expectation.measurements(RELEASE_1)
                    .withoutNonce()
                    .acceptDebugMode()
                    .build())));
    return Stream.concat(each, others);
  }

  private static Stream<Fault> measurements() {
    Measurements wider = release(1).pcr(8, value(8)).pcr(16, value(16)).build();
    return Stream.of(
        measured("PCR0 of another release", d -> measure(d, 2, 1, 1), RELEASE_1),
        measured("PCR1 of another release", d -> measure(d, 1, 2, 1), RELEASE_1),
        measured("PCR2 of another release", d -> measure(d, 1, 1, 2), RELEASE_1),
        measured(
            "PCR0 and PCR1 exchanged",
            d -> measure(d, 1, 1, 1)
                .pcr(0, value(11).toByteArray())
                .pcr(1, value(10).toByteArray()),
            RELEASE_1),
        measured("neither release", d -> measure(d, 3, 3, 3), RELEASE_1, RELEASE_2),
        measured(
            "PCR0 of one, the rest of another", d -> measure(d, 1, 2, 2), RELEASE_1, RELEASE_2),
        measured(
            "PCR2 of one, the rest of another", d -> measure(d, 1, 1, 2), RELEASE_1, RELEASE_2),
        measured(
            "each of another release",
            d -> measure(d, 1, 2, 3),
            RELEASE_1,
            RELEASE_2,
            release(3).build()),
        measured(
            "PCR0 cut to 32 bytes",
            d -> measure(d, 1, 1, 1).pcr(0, Arrays.copyOf(value(10).toByteArray(), 32)),
            RELEASE_1),
        measured(
            "PCR0 padded to 64 bytes",
            d -> measure(d, 1, 1, 1).pcr(0, Arrays.copyOf(value(10).toByteArray(), 64)),
            RELEASE_1),
        measured(
            "a fourth pin not met",
            d -> measure(d, 1, 1, 1).pcr(16, value(16).toByteArray()),
            wider),
        measured(
            "a fourth pin absent", d -> measure(d, 1, 1, 1).pcr(8, value(8).toByteArray()), wider),
        new Fault(
            "audit: another release",
            Step.MEASUREMENTS,
            MEASUREMENT_MISMATCH,
            t -> t.archived()
                .document(d -> measure(d, 2, 2, 2))
                .expecting(Expectation.measurements(RELEASE_1).withoutNonce().build())));
  }

  private static Stream<Fault> nonces() {
    Stream<Fault> live = Stream.of(
        nonce("another", d -> d.nonce(new byte[] {1, 2, 4})),
        nonce("null", d -> d.field("nonce", Cbor.nullValue())),
        nonce("absent", d -> d.without("nonce")),
        nonce("empty", d -> d.nonce(new byte[0])),
        nonce("cut", d -> d.nonce(new byte[] {1, 2})),
        nonce("padded", d -> d.nonce(new byte[] {1, 2, 3, 0})),
        nonce("in user_data", d -> d.userData(DATA)),
        nonce("in public_key", d -> d.publicKey(DATA)));
    return Stream.concat(
        live,
        Stream.of(new Fault(
            "audit: nonce: another",
            Step.NONCE_LOOK,
            NONCE_MISMATCH,
            t -> t.archived().expecting(pinningNonce()))));
  }

  private static Stream<Fault> userData() {
    return Stream.of(
        userData("another", DATA, d -> d.userData(new byte[] {1, 2, 4})),
        userData("cut", DATA, d -> d.userData(new byte[] {1, 2})),
        userData("padded", DATA, d -> d.userData(new byte[] {1, 2, 3, 0})),
        userData("null", DATA, d -> d.field("user_data", Cbor.nullValue())),
        userData("absent", DATA, d -> d.without("user_data")),
        userData("empty", DATA, d -> d.userData(new byte[0])),
        userData("some for none", new byte[0], d -> d.userData(DATA)),
        userData("null for empty", new byte[0], d -> d.field("user_data", Cbor.nullValue())),
        userData("in nonce", DATA, d -> d.nonce(DATA)));
  }

  private static Stream<Fault> publicKeys() {
    return Stream.of(
        publicKey("another", d -> d.publicKey(new byte[] {1, 2, 4})),
        publicKey("cut", d -> d.publicKey(new byte[] {1, 2})),
        publicKey("padded", d -> d.publicKey(new byte[] {1, 2, 3, 0})),
        publicKey("null", d -> d.field("public_key", Cbor.nullValue())),
        publicKey("absent", d -> d.without("public_key")),
        publicKey("empty", d -> d.publicKey(new byte[0])),
        publicKey("in user_data", d -> d.userData(DATA)));
  }

  private static Stream<Fault> origins() {
    return Stream.of(
        origin("another region", REGION_MISMATCH, e -> e.region("eu-west-1"), d -> {}),
        origin("a longer region", REGION_MISMATCH, e -> e.region("us-east-10"), d -> {}),
        origin(
            "another instance",
            INSTANCE_ID_MISMATCH,
            e -> e.instanceId("sim-i-0aaaaaaaaaaaaaaaa"),
            d -> {}),
        origin(
            "the instance, but PCR4 zero",
            INSTANCE_ID_MISMATCH,
            e -> e.instanceId(Trial.CHAIN.instanceId()),
            d -> d.pcr(4, Pcrs.zero())),
        origin(
            "the instance, but PCR4 absent",
            INSTANCE_ID_MISMATCH,
            e -> e.instanceId(Trial.CHAIN.instanceId()),
            d -> d.withoutPcr(4)),
        origin(
            "another enclave on the instance",
            ENCLAVE_MISMATCH,
            e -> e.moduleId(Trial.CHAIN.instanceId() + "-enc0123456789abcdef"),
            d -> {}),
        origin(
            "an enclave whose id is longer",
            ENCLAVE_MISMATCH,
            e -> e.moduleId(Trial.CHAIN.moduleId() + "0"),
            d -> {}),
        role("no role", d -> {}),
        role("PCR3 absent", d -> d.withoutPcr(3)),
        role("another role", d -> d.pcr(3, Pcrs.ofRole(ROLE + "2"))),
        role(
            "the role without its path",
            d -> d.pcr(3, Pcrs.ofRole("arn:aws:iam::123456789012:role/Webserver"))),
        role("another account's", d -> d.pcr(3, Pcrs.ofRole(ROLE.replace('1', '2')))),
        role("in PCR4's place", d -> d.pcr(5, Pcrs.ofRole(ROLE))),
        signer("unsigned", d -> {}),
        signer("PCR8 absent", d -> d.withoutPcr(8)),
        signer(
            "another certificate",
            d -> d.pcr(8, Pcrs.ofSigningCertificate(Trial.CHAIN.leaf().der()))),
        signer("the certificate hashed once", d -> d.pcr(8, Pcrs.extend(Pcrs.zero(), SIGNER))),
        signer(
            "the certificate's PEM",
            d -> d.pcr(
                8,
                Pcrs.ofSigningCertificate(
                    Trial.ROOT.certificate().pem().getBytes(StandardCharsets.US_ASCII)))));
  }

  private static Fault debug(String name, Consumer<DocumentBuilder> change) {
    return Fault.inDocument("debug: " + name, Step.DEBUG_MODE, DEBUG_MODE, change);
  }

  private static Fault measured(
      String name, Consumer<DocumentBuilder> change, Measurements... releases) {
    Expectation expectation =
        Expectation.measurements(List.of(releases)).withoutNonce().build();
    return new Fault(
        "measured: " + name,
        Step.MEASUREMENTS,
        MEASUREMENT_MISMATCH,
        t -> t.document(change).expecting(expectation));
  }

  private static Fault nonce(String name, Consumer<DocumentBuilder> change) {
    return new Fault(
        "nonce: " + name,
        Step.NONCE_LOOK,
        NONCE_MISMATCH,
        t -> t.document(change).expecting(pinningNonce()));
  }

  private static Expectation pinningNonce() {
    return Expectation.acceptAnyMeasurement().nonce(DATA).build();
  }

  private static Fault userData(String name, byte[] expected, Consumer<DocumentBuilder> change) {
    return expecting(
        "user_data: " + name, Step.BINDINGS, USER_DATA_MISMATCH, e -> e.userData(expected), change);
  }

  private static Fault publicKey(String name, Consumer<DocumentBuilder> change) {
    return expecting(
        "public_key: " + name, Step.BINDINGS, PUBLIC_KEY_MISMATCH, e -> e.publicKey(DATA), change);
  }

  private static Fault role(String name, Consumer<DocumentBuilder> change) {
    return origin("role: " + name, ROLE_MISMATCH, e -> e.roleArn(ROLE), change);
  }

  private static Fault signer(String name, Consumer<DocumentBuilder> change) {
    return origin(
        "signer: " + name, SIGNING_CERTIFICATE_MISMATCH, e -> e.signingCertificate(SIGNER), change);
  }

  private static Fault origin(
      String name,
      Reason reason,
      Consumer<Expectation.Builder> expected,
      Consumer<DocumentBuilder> change) {
    return expecting("origin: " + name, Step.ORIGIN, reason, expected, change);
  }

  private static Fault expecting(
      String name,
      Step step,
      Reason reason,
      Consumer<Expectation.Builder> expected,
      Consumer<DocumentBuilder> change) {
    return new Fault(name, step, reason, t -> {
      Expectation.Builder builder = Expectation.acceptAnyMeasurement().withoutNonce();
      expected.accept(builder);
      t.document(change).expecting(builder.build());
    });
  }

  private static DocumentBuilder debugMode(DocumentBuilder document) {
    return document.pcr(0, Pcrs.zero()).pcr(1, Pcrs.zero()).pcr(2, Pcrs.zero());
  }

  /** PCR0, PCR1 and PCR2 of these releases. */
  static DocumentBuilder measure(DocumentBuilder document, int pcr0, int pcr1, int pcr2) {
    return document
        .pcr(0, value(10 * pcr0).toByteArray())
        .pcr(1, value(10 * pcr1 + 1).toByteArray())
        .pcr(2, value(10 * pcr2 + 2).toByteArray());
  }

  static Measurements.Builder release(int n) {
    return Measurements.builder()
        .release("release " + n)
        .pcr(0, value(10 * n))
        .pcr(1, value(10 * n + 1))
        .pcr(2, value(10 * n + 2));
  }

  static PcrValue value(int fill) {
    byte[] bytes = new byte[PcrValue.SHA384_BYTES];
    Arrays.fill(bytes, (byte) fill);
    return PcrValue.of(bytes);
  }
}
