package io.treza.samples.benchmark;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The enclaves whose documents are verified, with documents made beforehand: one region, four
 * enclaves on each parent instance, every document with a nonce and every leaf with a key of its
 * own.
 */
final class Population {
  static final int ENCLAVES_PER_INSTANCE = 4;

  private static final Instant NOW = Instant.parse("2026-11-23T10:15:30Z");

  private final DevelopmentRoot root;
  private final List<Enclave> enclaves;

  private Population(DevelopmentRoot root, List<Enclave> enclaves) {
    this.root = root;
    this.enclaves = enclaves;
  }

  /**
   * One enclave.
   *
   * @param first a document under its first leaf
   * @param second a document under the same leaf, with another nonce
   * @param renewed a document under its next leaf, as every three hours
   * @param raw a signature by itself
   */
  record Enclave(Evidence first, Evidence second, Evidence renewed, RawSignature raw) {}

  /**
   * A document with what a relying party expects of it.
   *
   * @param document as the NSM returned it
   * @param expected its nonce and measurements
   * @param otherNonce the same with another nonce
   */
  record Evidence(byte[] document, Expectation expected, Expectation otherNonce) {}

  /**
   * A signature over as many bytes as a document has, ready for the raw verification that everything
   * is compared with.
   *
   * @param publicKey SubjectPublicKeyInfo
   * @param message what is signed
   * @param signature ECDSA-Sig-Value
   */
  record RawSignature(byte[] publicKey, byte[] message, byte[] signature) {}

  static Population of(int size) throws GeneralSecurityException {
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.fixed(NOW));
    SecureRandom random = new SecureRandom();
    CertificateChain chain = CertificateChain.builder(root)
        .clock(InstantSource.fixed(NOW))
        .random(random)
        .build();
    List<Enclave> enclaves = new ArrayList<>();
    while (enclaves.size() < size) {
      enclaves.add(enclave(chain, random));
      chain = enclaves.size() % ENCLAVES_PER_INSTANCE == 0
          ? chain.withNewInstance()
          : chain.withNewEnclave();
    }
    return new Population(root, List.copyOf(enclaves));
  }

  private static Enclave enclave(CertificateChain chain, SecureRandom random)
      throws GeneralSecurityException {
    Evidence first = evidence(chain, random);
    return new Enclave(
        first,
        evidence(chain, random),
        evidence(chain.withNewLeaf(), random),
        raw(chain.leaf().keys(), first.document()));
  }

  private static Evidence evidence(CertificateChain chain, SecureRandom random) {
    byte[][] pcrs = {bytes(random, 48), bytes(random, 48), bytes(random, 48)};
    byte[] nonce = bytes(random, 32);
    DocumentBuilder document =
        DocumentBuilder.of(chain).nonce(nonce).publicKey(bytes(random, 294)).indefiniteMap(true);
    for (int i = 0; i < pcrs.length; i++) {
      document.pcr(i, pcrs[i]);
    }
    HexFormat hex = HexFormat.of();
    Measurements measurements =
        Measurements.of(hex.formatHex(pcrs[0]), hex.formatHex(pcrs[1]), hex.formatHex(pcrs[2]));
    return new Evidence(
        document.build(),
        Expectation.measurements(measurements).nonce(nonce).build(),
        Expectation.measurements(measurements).nonce(bytes(random, 32)).build());
  }

  private static RawSignature raw(KeyPair keys, byte[] message) throws GeneralSecurityException {
    Signature signer = Signature.getInstance("SHA384withECDSA");
    signer.initSign(keys.getPrivate());
    signer.update(message);
    return new RawSignature(keys.getPublic().getEncoded(), message, signer.sign());
  }

  private static byte[] bytes(SecureRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  Enclave enclave(int index) {
    return enclaves.get(index % enclaves.size());
  }

  int size() {
    return enclaves.size();
  }

  /** A builder of verifiers that trust these enclaves' root, at the time they were made. */
  AttestationVerifier.Builder verifier() {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("benchmark", root.certificate().der()))
        .clock(InstantSource.fixed(NOW));
  }
}
