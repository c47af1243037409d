package io.treza.enclave.kms;

import io.treza.enclave.Nsm;
import io.treza.enclave.internal.kms.Envelope;
import io.treza.enclave.internal.kms.EnvelopeKey;
import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Optional;

/**
 * An enclave as AWS KMS encrypts to it: an RSA key pair that never leaves this process, documents
 * that carry its public half, and the opening of {@code CiphertextForRecipient} (AWS KMS API
 * Reference, {@code RecipientInfo}).
 *
 * <p>What is opened was encrypted to this key; <b>by whom, nothing says</b>: the envelope has no
 * signature, and the public key stands in every document. Only TLS to KMS that ends in the enclave
 * makes an answer KMS's. Thread-safe; one for an enclave's life is enough.
 */
public final class KmsRecipient {
  private static final int NONCE_BYTES = 32;

  private final RecipientEvidence evidence;
  private final SecureRandom random;
  private final byte[] publicKey;
  private final EnvelopeKey privateKey;

  private KmsRecipient(RecipientEvidence evidence, KeyPair keys, SecureRandom random) {
    this.evidence = evidence;
    this.random = random;
    this.publicKey = keys.getPublic().getEncoded();
    this.privateKey = new EnvelopeKey((RSAPrivateCrtKey) keys.getPrivate(), random);
  }

  /**
   * Makes a key pair of 2048 bits, the size that AWS's own enclave tools use, with this enclave's
   * documents.
   *
   * @param nsm the holder, that is, one by which something was registered; stays open
   */
  public static KmsRecipient create(Nsm nsm) {
    return create(
        (nonce, publicKey) -> nsm.attest(nonce, publicKey, new byte[0]), RecipientKeySize.RSA_2048);
  }

  /** Makes a key pair, with documents from elsewhere; the larger, the longer it takes. */
  public static KmsRecipient create(RecipientEvidence evidence, RecipientKeySize size) {
    SecureRandom random = new SecureRandom();
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(size.bits(), random);
      return new KmsRecipient(evidence, generator.generateKeyPair(), random);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has RSA", e);
    }
  }

  /** The public key: a SubjectPublicKeyInfo in DER. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /**
   * A new document with this public key, for {@code RecipientInfo.AttestationDocument}. Take one for
   * each call: KMS refuses those older than five minutes.
   *
   * @throws IOException if the NSM gives none
   */
  public byte[] document() throws IOException {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    return evidence.attest(nonce, publicKey.clone());
  }

  /**
   * What is in a {@code CiphertextForRecipient}.
   *
   * @param ciphertextForRecipient a CMS ContentInfo with EnvelopedData (RFC 5652, 6) in BER: one
   *     recipient by key identifier, RSAES-OAEP with SHA-256, AES-256-CBC; at most 6144 bytes
   * @return the plaintext, which is the caller's to erase
   * @throws RecipientException if it has another form, which is named, or does not open with this
   *     key, for whatever reason
   */
  public byte[] open(byte[] ciphertextForRecipient) throws RecipientException {
    Envelope envelope;
    try {
      envelope = Envelope.parse(ciphertextForRecipient);
    } catch (Envelope.FormException e) {
      throw new RecipientException("the answer is not what AWS KMS encrypts to an enclave: "
          + e.getMessage() + "; is something other than KMS answering?");
    }
    Optional<byte[]> plaintext = privateKey.open(envelope);
    return plaintext.orElseThrow(() -> new RecipientException("the answer does not open with this"
        + " enclave's key: it was encrypted to another key, or changed on the way"));
  }

  /** Nothing of either key. */
  @Override
  public String toString() {
    return "KmsRecipient[" + privateKey.bits() + " bits]";
  }
}
