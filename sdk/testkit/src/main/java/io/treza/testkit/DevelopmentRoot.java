package io.treza.testkit;

import java.io.IOException;
import java.nio.file.Path;
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

  /**
   * The root kept in a directory by {@link #loadOrCreate}.
   *
   * @throws IOException if a file is missing, unreadable, malformed or open to others than its
   *     owner, or key and certificate do not belong together; the message names the file
   */
  public static DevelopmentRoot load(Path directory) throws IOException {
    return new DevelopmentRoot(Naming.SIMULATED, new RootDirectory(directory).load());
  }

  /**
   * The root kept in a directory; if there is none, a new one is made and kept there, under
   * {@link Naming#SIMULATED}. The directory holds {@code root-key.pem} (PKCS #8, readable by its
   * owner only where the file system knows owners) and {@code root-certificate.pem}, and nothing
   * else. It appears complete or not at all; when several processes race, all get the same root.
   *
   * @param directory new, empty, or written by this method
   * @param clock dates a new root
   * @throws IOException as {@link #load} does, or if the directory cannot be made or holds
   *     something else
   */
  public static DevelopmentRoot loadOrCreate(Path directory, InstantSource clock)
      throws IOException {
    RootDirectory files = new RootDirectory(directory);
    if (!files.holdsRoot()) {
      DevelopmentRoot root = create(Naming.SIMULATED, clock);
      try {
        files.store(root.certificate());
        return root;
      } catch (IOException e) {
        if (!files.holdsRoot()) {
          throw e;
        }
        // Another process was first.
      }
    }
    return load(directory);
  }

  private static CertificateBuilder template(
      Naming naming, KeyPair keys, Validity validity, SecureRandom random) {
    return Profile.root(new CertificateBuilder(subject(naming), keys, validity, random));
  }

  static byte[] subject(Naming naming) {
    return X500.authority(naming, naming.rootName());
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
