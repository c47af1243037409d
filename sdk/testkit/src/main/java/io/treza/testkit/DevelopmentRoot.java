package io.treza.testkit;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;

/**
 * The private root that test chains end in: a self-signed P-384 authority and its key.
 *
 * <p>Trusting its certificate means trusting every holder of the key, so it belongs in tests and on
 * development machines, and its name says so.
 */
public final class DevelopmentRoot {
  /** As AWS's root: 10958 days and an hour. */
  private static final Duration LIFETIME = Duration.ofDays(10958).plusHours(1);

  private final Naming naming;
  private final TestCertificate certificate;

  DevelopmentRoot(Naming naming, TestCertificate certificate) {
    this.naming = naming;
    this.certificate = certificate;
  }

  /** A new root, valid for 30 years from now. */
  public static DevelopmentRoot create(Naming naming, InstantSource clock) {
    return create(naming, clock, new SecureRandom());
  }

  /** A new root, valid for 30 years from now, from the given randomness. */
  public static DevelopmentRoot create(Naming naming, InstantSource clock, SecureRandom random) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Validity validity = new Validity(now, now.plus(LIFETIME));
    CertificateBuilder builder = template(naming, KeyType.P384.generate(random), validity, random);
    return new DevelopmentRoot(naming, builder.selfSigned());
  }

  private static CertificateBuilder template(
      Naming naming, KeyPair keys, Validity validity, SecureRandom random) {
    byte[] name = X500.authority(naming, naming.rootName());
    return Profile.root(new CertificateBuilder(name, keys, validity, random));
  }

  /** A changed certificate for the same key. */
  TestCertificate reissued(Consumer<CertificateBuilder> change, SecureRandom random) {
    CertificateBuilder builder =
        template(naming, certificate.keys(), certificate.validity(), random);
    change.accept(builder);
    return builder.selfSigned();
  }

  /** The naming scheme of everything issued under this root. */
  public Naming naming() {
    return naming;
  }

  /** The root's certificate and keys. */
  public TestCertificate certificate() {
    return certificate;
  }

  /** The naming and the validity; never the key. */
  @Override
  public String toString() {
    return "DevelopmentRoot[" + naming.rootName() + ", " + certificate.validity() + "]";
  }
}
