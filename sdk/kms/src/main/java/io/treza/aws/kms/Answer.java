package io.treza.aws.kms;

import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * What KMS said, to be believed only after every check.
 *
 * @param plaintext must not be there
 * @param sealed the {@code CiphertextForRecipient}
 */
record Answer(
    String operation,
    @Nullable SdkBytes plaintext,
    @Nullable SdkBytes sealed) {
  Answer of(KeyArn asked, @Nullable String answered) throws AttestedKmsException {
    if (!asked.value().equals(answered)) {
      throw untrusted("it names key " + answered + ", not " + asked);
    }
    return this;
  }

  byte[] part(String name, @Nullable SdkBytes bytes) throws AttestedKmsException {
    if (bytes == null || bytes.asByteArrayUnsafe().length == 0) {
      throw untrusted("it has no " + name);
    }
    return bytes.asByteArray();
  }

  Secret open(KmsRecipient recipient, int length) throws AttestedKmsException {
    Secret secret = open(recipient);
    if (secret.length() != length) {
      secret.close();
      throw untrusted(secret.length() + " bytes came instead of " + length);
    }
    return secret;
  }

  Secret open(KmsRecipient recipient) throws AttestedKmsException {
    if (plaintext != null && plaintext.asByteArrayUnsafe().length > 0) {
      throw untrusted("it has the secret in the clear although a recipient was sent, which KMS"
          + " never does; is an emulator or a proxy answering?");
    }
    try {
      return new Secret(recipient.open(part("CiphertextForRecipient", sealed)));
    } catch (RecipientException e) {
      throw untrusted(e.getMessage());
    }
  }

  private AttestedKmsException untrusted(@Nullable String why) {
    return new AttestedKmsException(
        Kind.UNTRUSTED_ANSWER, "the answer to " + operation + " is not used: " + why, null);
  }
}
