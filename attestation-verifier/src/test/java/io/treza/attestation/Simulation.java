package io.treza.attestation;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A simulated root and chain at a fixed time, from fixed randomness: the same on every run. */
final class Simulation {
  static final Instant NOW = Instant.parse("2026-11-23T10:15:30.123Z");

  private final SecureRandom random;
  private final DevelopmentRoot root;
  private final CertificateChain chain;

  Simulation(long seed) {
    random = seeded(seed);
    root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.fixed(NOW), random);
    chain = chainBuilder().build();
  }

  private static SecureRandom seeded(long seed) {
    try {
      // The one generator that takes its first seed for the whole of its state.
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(seed);
      return random;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA1PRNG", e);
    }
  }

  /** Starts another chain under the root. */
  CertificateChain.Builder chainBuilder() {
    return CertificateChain.builder(root).clock(InstantSource.fixed(NOW)).random(random);
  }

  CertificateChain chain() {
    return chain;
  }

  byte[] rootCertificate() {
    return root.certificate().der();
  }

  /** A verifier that trusts the root, at the fixed time, with no skew forgiven. */
  AttestationVerifier.Builder verifier() {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("simulation", rootCertificate()))
        .clock(InstantSource.fixed(NOW))
        .clockSkew(Duration.ZERO);
  }
}
