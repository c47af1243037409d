package io.treza.aws.kms;

import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.enclave.EgressProxy;
import io.treza.enclave.kms.KmsRecipient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeyPairSpec;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.DeriveSharedSecretResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyPairResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.GenerateRandomResponse;
import software.amazon.awssdk.services.kms.model.KeyAgreementAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.KeyEncryptionMechanism;
import software.amazon.awssdk.services.kms.model.RecipientInfo;

/**
 * AWS KMS for an enclave: every call carries a new attestation document, and every secret comes back
 * encrypted to the enclave's own key (AWS KMS API Reference, {@code Recipient}).
 *
 * <p>An answer counts only if it has no plaintext, names the key that was asked, and opens; and it is
 * KMS's only because TLS to KMS ends in the enclave. The envelope is not signed, and whoever knows
 * the enclave's public key can make one: never let the parent make these calls.
 *
 * <p>Thread-safe. The AWS SDK shows the session's token if it logs at level debug; leave {@code
 * software.amazon.awssdk} above that.
 */
public final class AttestedKms implements AutoCloseable {
  private static final int DATA_KEY_BYTES = 32;
  private static final int MAX_RANDOM = 1024;

  private final KmsRecipient recipient;
  private final String region;
  private final KmsClient client;

  private AttestedKms(KmsRecipient recipient, String region, KmsClient client) {
    this.recipient = recipient;
    this.region = region;
    this.client = client;
  }

  /**
   * Starts with whom KMS encrypts to, where it is, and who pays.
   *
   * @param region for example {@code eu-central-1}; keys of others are refused
   * @param credentials asked for each call, so that the parent can push new ones
   */
  public static Builder builder(
      KmsRecipient recipient, String region, Supplier<ParentCredentials> credentials) {
    return new Builder(recipient, region, credentials);
  }

  /**
   * What a ciphertext holds that this key made for this encryption context.
   *
   * @param ciphertext a symmetric key's {@code CiphertextBlob}, at most 6144 bytes
   */
  public Secret decrypt(KmsKey key, byte[] ciphertext) throws AttestedKmsException {
    DecryptResponse answer = call(
        "Decrypt",
        key.arn(),
        sent -> client.decrypt(request -> request
            .keyId(key.arn().value())
            .encryptionContext(key.encryptionContext())
            .ciphertextBlob(SdkBytes.fromByteArray(ciphertext))
            .recipient(sent)));
    Answer said = new Answer("Decrypt", answer.plaintext(), answer.ciphertextForRecipient());
    return said.of(key.arn(), answer.keyId()).open(recipient);
  }

  /** A new AES-256 key, bound to the key's encryption context. */
  public DataKey generateDataKey(KmsKey key) throws AttestedKmsException {
    String operation = "GenerateDataKey";
    GenerateDataKeyResponse answer = call(
        operation,
        key.arn(),
        sent -> client.generateDataKey(request -> request
            .keyId(key.arn().value())
            .encryptionContext(key.encryptionContext())
            .keySpec(DataKeySpec.AES_256)
            .recipient(sent)));
    Answer said = new Answer(operation, answer.plaintext(), answer.ciphertextForRecipient());
    byte[] wrapped =
        said.of(key.arn(), answer.keyId()).part("CiphertextBlob", answer.ciphertextBlob());
    return new DataKey(said.open(recipient, DATA_KEY_BYTES), wrapped);
  }

  /** A new key pair, its private key bound to the key's encryption context. */
  public DataKeyPair generateDataKeyPair(KmsKey key, DataKeyPair.Spec spec)
      throws AttestedKmsException {
    String operation = "GenerateDataKeyPair";
    GenerateDataKeyPairResponse answer = call(
        operation,
        key.arn(),
        sent -> client.generateDataKeyPair(request -> request
            .keyId(key.arn().value())
            .encryptionContext(key.encryptionContext())
            .keyPairSpec(DataKeyPairSpec.fromValue(spec.name()))
            .recipient(sent)));
    Answer said =
        new Answer(operation, answer.privateKeyPlaintext(), answer.ciphertextForRecipient());
    byte[] publicKey = said.of(key.arn(), answer.keyId()).part("PublicKey", answer.publicKey());
    byte[] wrapped = said.part("PrivateKeyCiphertextBlob", answer.privateKeyCiphertextBlob());
    return new DataKeyPair(publicKey, said.open(recipient), wrapped);
  }

  /**
   * Random bytes of KMS.
   *
   * @param length 1 to 1024
   * @throws IllegalArgumentException if it is another
   */
  public Secret generateRandom(int length) throws AttestedKmsException {
    if (length < 1 || length > MAX_RANDOM) {
      throw new IllegalArgumentException("KMS gives 1 to 1024 random bytes, not " + length);
    }
    GenerateRandomResponse answer = call(
        "GenerateRandom",
        sent -> client.generateRandom(request -> request.numberOfBytes(length).recipient(sent)));
    return new Answer("GenerateRandom", answer.plaintext(), answer.ciphertextForRecipient())
        .open(recipient, length);
  }

  /**
   * The raw ECDH secret of a key of KMS and somebody's public key; derive a key from it, with both
   * public keys and the purpose as input (NIST SP 800-56C).
   *
   * @param key a key for agreement on an elliptic curve
   * @param publicKey on the same curve: a SubjectPublicKeyInfo in DER
   */
  public Secret deriveSharedSecret(KeyArn key, byte[] publicKey) throws AttestedKmsException {
    String operation = "DeriveSharedSecret";
    DeriveSharedSecretResponse answer = call(
        operation,
        key,
        sent -> client.deriveSharedSecret(request -> request
            .keyId(key.value())
            .keyAgreementAlgorithm(KeyAgreementAlgorithmSpec.ECDH)
            .publicKey(SdkBytes.fromByteArray(publicKey))
            .recipient(sent)));
    return new Answer(operation, answer.sharedSecret(), answer.ciphertextForRecipient())
        .of(key, answer.keyId())
        .open(recipient);
  }

  private <T> T call(String operation, KeyArn key, Function<RecipientInfo, T> request)
      throws AttestedKmsException {
    if (!key.region().equals(region)) {
      throw new IllegalArgumentException(
          key + " is in another region than this client, which is for " + region);
    }
    return call(operation + " with " + key, request);
  }

  private <T> T call(String what, Function<RecipientInfo, T> request) throws AttestedKmsException {
    byte[] document;
    try {
      document = recipient.document();
    } catch (IOException e) {
      throw new AttestedKmsException(
          Kind.NO_EVIDENCE,
          what + " was not sent, since the NSM gives no document: " + e.getMessage(),
          e);
    }
    RecipientInfo sent = RecipientInfo.builder()
        .keyEncryptionAlgorithm(KeyEncryptionMechanism.RSAES_OAEP_SHA_256)
        .attestationDocument(SdkBytes.fromByteArray(document))
        .build();
    try {
      return request.apply(sent);
    } catch (SdkException e) {
      throw Failures.of(what, e, document);
    } catch (UncheckedIOException e) {
      // Of whoever asks for what the parent lends.
      throw new AttestedKmsException(
          Kind.CREDENTIALS, what + " was not sent: " + e.getMessage(), e);
    }
  }

  /** Closes its connections. */
  @Override
  public void close() {
    client.close();
  }

  /** The region. */
  @Override
  public String toString() {
    return "AttestedKms[" + region + "]";
  }

  /** Collects the settings; all have defaults that are right inside an enclave. */
  public static final class Builder {
    private final KmsRecipient recipient;
    private final Supplier<ParentCredentials> credentials;
    private Connection connection;

    private Builder(
        KmsRecipient recipient, String region, Supplier<ParentCredentials> credentials) {
      this.recipient = recipient;
      this.credentials = credentials;
      this.connection = Connection.toRegion(region);
    }

    /**
     * Another endpoint of KMS, such as a FIPS or VPC one; the region's public one unless said.
     *
     * @param uri {@code https}
     * @throws IllegalArgumentException if it is not, since answers could be forged
     */
    public Builder endpoint(URI uri) {
      connection = connection.at(Connection.requireTls(uri));
      return this;
    }

    /**
     * A simulator on this machine; {@link #trustOnly} its authority. It may be without TLS, where
     * <b>answers can be forged</b>.
     *
     * @param uri {@code http} or {@code https} on loopback
     * @throws IllegalArgumentException if it is elsewhere
     */
    public Builder simulator(URI uri) {
      connection = connection.at(Connection.requireLoopback(uri));
      return this;
    }

    /**
     * The way out; that of this process's environment unless said. A simulator on this machine needs
     * none.
     */
    public Builder egress(EgressProxy way) {
      connection = connection.through(way);
      return this;
    }

    /**
     * The authorities to believe KMS's certificate from, such as a simulator's; those of the Java
     * runtime unless said.
     */
    public Builder trustOnly(Collection<X509Certificate> authorities) {
      connection = connection.trusting(List.copyOf(authorities));
      return this;
    }

    /**
     * How often a call is sent, at most, and how long all attempts take together; 3 and 30 seconds
     * unless said.
     *
     * @param attempts 1 to 10
     * @param limit over zero and at most a minute: an attestation document lives for five
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder attempts(int attempts, Duration limit) {
      connection = connection.trying(attempts, limit);
      return this;
    }

    /** The client; it calls nobody yet. */
    public AttestedKms build() {
      return new AttestedKms(recipient, connection.region(), connection.open(credentials));
    }
  }
}
