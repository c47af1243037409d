package io.treza.attestation;

import static io.treza.attestation.Reason.BASIC_CONSTRAINTS;
import static io.treza.attestation.Reason.CERTIFICATE_MALFORMED;
import static io.treza.attestation.Reason.NAME_CHAINING;
import static io.treza.attestation.Reason.NAMING;
import static io.treza.attestation.Reason.PATH_LENGTH;
import static io.treza.attestation.Reason.UNTRUSTED_ROOT;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.TestCertificate;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bundles that are not the chain from the pinned root to the leaf, in this order. */
class BundleFaultsTest {
  private static final CertificateChain CHAIN = Trial.CHAIN;

  /** Another root of the same name, and below it an enclave of the same instance. */
  private static final DevelopmentRoot NAMESAKE = Trial.root(Naming.SIMULATED);

  private static final CertificateChain FOREIGN =
      Trial.chainUnder(NAMESAKE).instanceId(CHAIN.instanceId()).build();

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(roots(), orders()).flatMap(s -> s);
  }

  private static Stream<Fault> roots() {
    return Stream.of(
        bundle("reversed", Step.ANCHOR, UNTRUSTED_ROOT, b -> reversed(b)),
        bundle("without root", Step.ANCHOR, UNTRUSTED_ROOT, b -> b.subList(1, 4)),
        bundle("root last", Step.ANCHOR, UNTRUSTED_ROOT, b -> {
          Collections.rotate(b, -1);
          return b;
        }),
        bundle(
            "a namesake of the root",
            Step.ANCHOR,
            UNTRUSTED_ROOT,
            b -> with(b, 0, NAMESAKE.certificate().der())),
        bundle(
            "the root with a byte after it",
            Step.ANCHOR,
            UNTRUSTED_ROOT,
            b -> with(b, 0, Arrays.copyOf(b.get(0), b.get(0).length + 1))),
        bundle(
            "an empty item for the root",
            Step.ANCHOR,
            UNTRUSTED_ROOT,
            b -> with(b, 0, new byte[1])),
        new Fault(
            "a whole chain under a namesake",
            Step.ANCHOR,
            UNTRUSTED_ROOT,
            t -> t.chain(FOREIGN).pin(root -> pinned(Trial.ROOT))),
        new Fault(
            "the pinned root's key in another certificate",
            Step.ANCHOR,
            UNTRUSTED_ROOT,
            t -> t.certificate(Level.ROOT, c -> {}).pin(root -> pinned(Trial.ROOT))),
        new Fault(
            "AWS's root pinned",
            Step.ANCHOR,
            UNTRUSTED_ROOT,
            t -> t.pin(root -> TrustAnchor.awsCommercial())),
        bundle(
            "AWS's root in front",
            Step.CERTIFICATE_NAMES,
            NAME_CHAINING,
            b -> with(b, 0, TrustAnchor.awsCommercial().certificate()),
            t -> t.pin(root -> TrustAnchor.awsCommercial())),
        bundle("root twice", Step.IDENTITY, NAMING, b -> twice(b, 0)));
  }

  private static Stream<Fault> orders() {
    return Stream.of(
        bundle("regional twice", Step.CERTIFICATE_PROFILE, PATH_LENGTH, b -> twice(b, 1)),
        bundle("instance twice", Step.CERTIFICATE_PROFILE, PATH_LENGTH, b -> twice(b, 3)),
        bundle("zonal before regional", Step.CERTIFICATE_PROFILE, PATH_LENGTH, b -> {
          Collections.swap(b, 1, 2);
          return b;
        }),
        bundle("instance before zonal", Step.CERTIFICATE_PROFILE, PATH_LENGTH, b -> {
          Collections.swap(b, 2, 3);
          return b;
        }),
        bundle("without regional", Step.CERTIFICATE_NAMES, NAME_CHAINING, b -> without(b, 1)),
        bundle("without zonal", Step.CERTIFICATE_NAMES, NAME_CHAINING, b -> without(b, 2)),
        bundle("without instance", Step.CERTIFICATE_NAMES, NAME_CHAINING, b -> without(b, 3)),
        bundle("root alone", Step.CERTIFICATE_NAMES, NAME_CHAINING, b -> b.subList(0, 1)),
        bundle(
            "a foreign regional",
            Step.CERTIFICATE_NAMES,
            NAME_CHAINING,
            b -> with(b, 1, FOREIGN.cabundle().get(1))),
        bundle(
            "a foreign instance",
            Step.CERTIFICATE_NAMES,
            NAME_CHAINING,
            b -> with(b, 3, FOREIGN.cabundle().get(3))),
        bundle("the leaf as last issuer", Step.CERTIFICATE_PROFILE, PATH_LENGTH, b -> {
          b.add(CHAIN.leaf().der());
          return b;
        }),
        new Fault(
            "a leaf that issued a leaf",
            Step.CERTIFICATE_PROFILE,
            BASIC_CONSTRAINTS,
            t -> underLeaf(t, unlimited())),
        bundle(
            "1024 zeros for zonal",
            Step.ANCHOR,
            CERTIFICATE_MALFORMED,
            b -> with(b, 2, new byte[1024])),
        bundle(
            "a certificate in base64",
            Step.ANCHOR,
            CERTIFICATE_MALFORMED,
            b -> with(b, 3, Base64.getEncoder().encode(b.get(3)))),
        new Fault(
            "another enclave's leaf",
            Step.SIGNATURE,
            Reason.DOCUMENT_SIGNATURE,
            t -> t.document(d -> d.certificate(CHAIN.withNewLeaf().leaf().der()))),
        new Fault(
            "another instance's leaf",
            Step.CERTIFICATE_NAMES,
            NAME_CHAINING,
            t -> t.document(d -> d.certificate(CHAIN.withNewInstance().leaf().der()))));
  }

  private static Fault bundle(
      String name, Step step, Reason reason, UnaryOperator<List<byte[]>> change) {
    return bundle(name, step, reason, change, t -> {});
  }

  private static Fault bundle(
      String name,
      Step step,
      Reason reason,
      UnaryOperator<List<byte[]>> change,
      Consumer<Trial> also) {
    return new Fault("bundle: " + name, step, reason, t -> {
      t.document(d -> d.cabundle(change.apply(new ArrayList<>(CHAIN.cabundle()))));
      also.accept(t);
    });
  }

  /** A chain whose path lengths would let the leaf issue, if it were a CA. */
  private static CertificateChain unlimited() {
    CertificateExtension anyLength = CertificateExtension.basicConstraints(true);
    return Trial.chainUnder(Trial.ROOT)
        .certificate(Level.REGIONAL, c -> c.extension(anyLength))
        .certificate(Level.ZONAL, c -> c.extension(anyLength))
        .certificate(Level.INSTANCE, c -> c.extension(anyLength))
        .build();
  }

  private static void underLeaf(Trial trial, CertificateChain chain) {
    TestCertificate forged = new CertificateBuilder(
            chain.leaf().subject(),
            CHAIN.leaf().keys(),
            chain.leaf().validity(),
            new SecureRandom())
        .extension(
            CertificateExtension.keyUsage(true, CertificateExtension.Usage.DIGITAL_SIGNATURE))
        .issuedBy(chain.leaf());
    List<byte[]> bundle = new ArrayList<>(chain.cabundle());
    bundle.add(chain.leaf().der());
    trial
        .chain(chain)
        .document(d ->
            d.cabundle(bundle).certificate(forged.der()).signer(forged.keys().getPrivate()));
  }

  private static TrustAnchor pinned(DevelopmentRoot root) {
    return TrustAnchor.development("another root", root.certificate().der());
  }

  private static List<byte[]> reversed(List<byte[]> bundle) {
    Collections.reverse(bundle);
    return bundle;
  }

  private static List<byte[]> with(List<byte[]> bundle, int index, byte[] certificate) {
    bundle.set(index, certificate);
    return bundle;
  }

  private static List<byte[]> without(List<byte[]> bundle, int index) {
    bundle.remove(index);
    return bundle;
  }

  private static List<byte[]> twice(List<byte[]> bundle, int index) {
    bundle.add(index, bundle.get(index));
    return bundle;
  }
}
