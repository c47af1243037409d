package io.treza.platform.internal.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationVerifier;
import io.treza.platform.internal.Json;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.KeyAgreement;

/**
 * What the simulator does (AWS KMS API Reference): the five operations that answer to an enclave,
 * and what is needed to have a key and its policy. Thread-safe.
 */
public final class Operations {
  private static final int MAX_PLAINTEXT = 4096;
  private static final int MAX_BLOB = 6144;
  private static final int MAX_RANDOM = 1024;
  private static final int MAX_DOCUMENT = 262_144;
  private static final int MAX_PUBLIC_KEY = 8192;

  private final Account account;
  private final Keys keys;
  private final Access access;
  private final AttestationVerifier verifier;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final AtomicInteger answers = new AtomicInteger();

  /** Works on these keys, for enclaves whose documents this verifier accepts. */
  public Operations(Account account, Keys keys, AttestationVerifier verifier, InstantSource clock) {
    this.account = account;
    this.keys = keys;
    this.access = new Access(account, keys);
    this.verifier = verifier;
    this.clock = clock;
  }

  Account account() {
    return account;
  }

  /** The answer to one operation by its name. */
  ObjectNode run(String operation, Caller caller, Input input)
      throws KmsFault, IOException, GeneralSecurityException {
    if (input.flag("DryRun")) {
      throw KmsFault.validation("DryRun is not simulated, and the operation was not run");
    }
    Optional<Recipient> recipient = recipient(input);
    return switch (operation) {
      case "CreateKey" -> createKey(caller, input);
      case "PutKeyPolicy" -> putKeyPolicy(caller, input);
      case "GetKeyPolicy" -> getKeyPolicy(caller, input);
      case "GetPublicKey" -> getPublicKey(caller, input);
      case "Encrypt" -> encrypt(caller, input);
      case "Decrypt" -> decrypt(caller, input, recipient);
      case "GenerateDataKey" -> generateDataKey(operation, caller, input, recipient);
      case "GenerateDataKeyWithoutPlaintext" -> {
        ObjectNode answer = generateDataKey(operation, caller, input, Optional.empty());
        answer.remove("Plaintext");
        yield answer;
      }
      case "GenerateDataKeyPair" -> generateDataKeyPair(caller, input, recipient);
      case "GenerateRandom" -> {
        byte[] bytes = new byte[input.number("NumberOfBytes", 1, MAX_RANDOM)];
        random.nextBytes(bytes);
        yield secret(Json.object(), "Plaintext", bytes, recipient);
      }
      case "DeriveSharedSecret" -> deriveSharedSecret(caller, input, recipient);
      default -> throw new KmsFault("UnknownOperationException", operation + " is not simulated");
    };
  }

  private Optional<Recipient> recipient(Input input) throws KmsFault {
    if (!input.has("Recipient")) {
      return Optional.empty();
    }
    Input recipient = input.object("Recipient");
    if (!recipient.required("KeyEncryptionAlgorithm").equals("RSAES_OAEP_SHA_256")) {
      throw KmsFault.validation("KeyEncryptionAlgorithm is not RSAES_OAEP_SHA_256");
    }
    return Optional.of(
        Recipient.of(recipient.bytes("AttestationDocument", MAX_DOCUMENT), verifier));
  }

  private ObjectNode createKey(Caller caller, Input input)
      throws KmsFault, IOException, GeneralSecurityException {
    Optional<String> stated = input.text("Policy");
    KeyPolicy policy =
        stated.isPresent() ? KeyPolicy.parse(stated.get(), account) : KeyPolicy.ofAccount(account);
    if (stated.isPresent()) {
      Access.refuseLockOut(policy, caller, input);
    }
    KeySpec spec = KeySpec.ofKey(input.text("KeySpec").orElse("SYMMETRIC_DEFAULT"));
    String usage = input.text("KeyUsage").orElse("ENCRYPT_DECRYPT");
    if (!usage.equals(spec.usage())) {
      throw KmsFault.validation("KeyUsage of " + spec + " is " + spec.usage() + " here");
    }
    byte[] secret = new byte[32];
    byte[] publicKey = new byte[0];
    if (spec.symmetric()) {
      random.nextBytes(secret);
    } else {
      KeyPair pair = spec.pair(random);
      secret = pair.getPrivate().getEncoded();
      publicKey = pair.getPublic().getEncoded();
    }
    SimulatedKey key = new SimulatedKey(
        UUID.randomUUID().toString(), spec, secret, publicKey, clock.instant(), policy);
    keys.put(key);
    ObjectNode answer = Json.object();
    answer
        .putObject("KeyMetadata")
        .put("AWSAccountId", account.id())
        .put("Arn", account.keyArn(key.id()))
        .put("CreationDate", key.created().getEpochSecond())
        .put("Description", "simulated")
        .put("Enabled", true)
        .put("KeyId", key.id())
        .put("KeyManager", "CUSTOMER")
        .put("KeySpec", spec.name())
        .put("KeyState", "Enabled")
        .put("KeyUsage", usage)
        .put("Origin", "AWS_KMS");
    return answer;
  }

  private ObjectNode putKeyPolicy(Caller caller, Input input) throws KmsFault, IOException {
    SimulatedKey key = access.authorized(caller, input, "PutKeyPolicy", Optional.empty());
    KeyPolicy policy = KeyPolicy.parse(input.required("Policy"), account);
    Access.refuseLockOut(policy, caller, input);
    keys.put(key.withPolicy(policy));
    return Json.object();
  }

  private ObjectNode getKeyPolicy(Caller caller, Input input) throws KmsFault {
    SimulatedKey key = access.authorized(caller, input, "GetKeyPolicy", Optional.empty());
    return Json.object().put("Policy", key.policy().json()).put("PolicyName", "default");
  }

  private ObjectNode getPublicKey(Caller caller, Input input) throws KmsFault {
    SimulatedKey key = agreeing(access.authorized(caller, input, "GetPublicKey", Optional.empty()));
    return answer(key)
        .put("PublicKey", base64(key.publicKey()))
        .put("KeySpec", key.spec().name())
        .put("KeyUsage", key.spec().usage());
  }

  private ObjectNode encrypt(Caller caller, Input input) throws KmsFault, GeneralSecurityException {
    SimulatedKey key = symmetric(access.authorized(caller, input, "Encrypt", Optional.empty()));
    byte[] plaintext = input.bytes("Plaintext", MAX_PLAINTEXT);
    return answer(key)
        .put("CiphertextBlob", sealed(key, plaintext, input))
        .put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
  }

  private ObjectNode decrypt(Caller caller, Input input, Optional<Recipient> recipient)
      throws KmsFault, GeneralSecurityException {
    byte[] blob = input.bytes("CiphertextBlob", MAX_BLOB);
    KmsFault damaged = new KmsFault(
        "InvalidCiphertextException",
        "the ciphertext was changed, or made with another key or encryption context");
    String sealedBy = Blob.keyId(blob).orElseThrow(() -> damaged);
    String asked = input.has("KeyId") ? access.keyId(input) : sealedBy;
    SimulatedKey key = symmetric(access.authorized(caller, asked, input, "Decrypt", recipient));
    if (!asked.equals(sealedBy)) {
      throw new KmsFault("IncorrectKeyException", "another key made the ciphertext");
    }
    byte[] plaintext = Blob.open(key, blob, input.encryptionContext()).orElseThrow(() -> damaged);
    return secret(
        answer(key).put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
        "Plaintext",
        plaintext,
        recipient);
  }

  private ObjectNode generateDataKey(
      String operation, Caller caller, Input input, Optional<Recipient> recipient)
      throws KmsFault, GeneralSecurityException {
    SimulatedKey key = symmetric(access.authorized(caller, input, operation, recipient));
    byte[] dataKey = new byte[dataKeyBytes(input)];
    random.nextBytes(dataKey);
    ObjectNode answer = answer(key).put("CiphertextBlob", sealed(key, dataKey, input));
    return secret(answer, "Plaintext", dataKey, recipient);
  }

  private static int dataKeyBytes(Input input) throws KmsFault {
    if (input.has("KeySpec") == input.has("NumberOfBytes")) {
      throw KmsFault.validation("either KeySpec or NumberOfBytes is needed");
    }
    if (input.has("NumberOfBytes")) {
      return input.number("NumberOfBytes", 1, MAX_RANDOM);
    }
    return switch (input.required("KeySpec")) {
      case "AES_128" -> 16;
      case "AES_256" -> 32;
      default -> throw KmsFault.validation("KeySpec is neither AES_128 nor AES_256");
    };
  }

  private ObjectNode generateDataKeyPair(Caller caller, Input input, Optional<Recipient> recipient)
      throws KmsFault, GeneralSecurityException {
    SimulatedKey key =
        symmetric(access.authorized(caller, input, "GenerateDataKeyPair", recipient));
    KeySpec spec = KeySpec.ofPair(input.required("KeyPairSpec"));
    KeyPair pair = spec.pair(random);
    byte[] privateKey = pair.getPrivate().getEncoded();
    ObjectNode answer = answer(key)
        .put("KeyPairSpec", spec.name())
        .put("PublicKey", base64(pair.getPublic().getEncoded()))
        .put("PrivateKeyCiphertextBlob", sealed(key, privateKey, input));
    return secret(answer, "PrivateKeyPlaintext", privateKey, recipient);
  }

  private ObjectNode deriveSharedSecret(Caller caller, Input input, Optional<Recipient> recipient)
      throws KmsFault, GeneralSecurityException {
    SimulatedKey key = agreeing(access.authorized(caller, input, "DeriveSharedSecret", recipient));
    if (!input.required("KeyAgreementAlgorithm").equals("ECDH")) {
      throw KmsFault.validation("KeyAgreementAlgorithm is not ECDH");
    }
    KeyFactory factory = KeyFactory.getInstance("EC");
    byte[] shared;
    try {
      PublicKey other =
          factory.generatePublic(new X509EncodedKeySpec(input.bytes("PublicKey", MAX_PUBLIC_KEY)));
      KeyAgreement ecdh = KeyAgreement.getInstance("ECDH");
      ecdh.init(factory.generatePrivate(new PKCS8EncodedKeySpec(key.secret())));
      ecdh.doPhase(other, true);
      shared = ecdh.generateSecret();
    } catch (GeneralSecurityException e) {
      throw KmsFault.validation("PublicKey is no SubjectPublicKeyInfo on " + key.spec());
    }
    return secret(
        answer(key).put("KeyAgreementAlgorithm", "ECDH"), "SharedSecret", shared, recipient);
  }

  /** In the clear to whoever sends no document, if the policy lets him; otherwise to the enclave. */
  private ObjectNode secret(
      ObjectNode answer, String name, byte[] secret, Optional<Recipient> recipient) {
    if (recipient.isEmpty()) {
      return answer.put(name, base64(secret));
    }
    // KMS writes both, and when it writes which it does not say; so everybody meets both.
    RecipientEnvelope.Content form = (answers.getAndIncrement() & 1) == 0
        ? RecipientEnvelope.Content.IN_PIECES
        : RecipientEnvelope.Content.WHOLE;
    return answer.put(
        "CiphertextForRecipient",
        base64(RecipientEnvelope.of(secret, recipient.get().key(), form, random)));
  }

  private String sealed(SimulatedKey key, byte[] plaintext, Input input)
      throws KmsFault, GeneralSecurityException {
    return base64(Blob.seal(key, plaintext, input.encryptionContext(), random));
  }

  private static SimulatedKey symmetric(SimulatedKey key) throws KmsFault {
    return require(key, key.spec().symmetric());
  }

  private static SimulatedKey agreeing(SimulatedKey key) throws KmsFault {
    return require(key, !key.spec().symmetric());
  }

  private static SimulatedKey require(SimulatedKey key, boolean fits) throws KmsFault {
    if (!fits) {
      throw new KmsFault("InvalidKeyUsageException", "a key of " + key.spec() + " is not for this");
    }
    return key;
  }

  private ObjectNode answer(SimulatedKey key) {
    return Json.object().put("KeyId", account.keyArn(key.id()));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
