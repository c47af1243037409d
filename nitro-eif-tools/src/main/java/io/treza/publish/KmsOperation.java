package io.treza.publish;

/** The operations of AWS KMS on a key that can encrypt their result for an attested enclave. */
public enum KmsOperation {
  DECRYPT("kms:Decrypt"),
  GENERATE_DATA_KEY("kms:GenerateDataKey"),
  GENERATE_DATA_KEY_PAIR("kms:GenerateDataKeyPair"),
  DERIVE_SHARED_SECRET("kms:DeriveSharedSecret");

  private final String action;

  KmsOperation(String action) {
    this.action = action;
  }

  /** Its name in policies. */
  public String action() {
    return action;
  }
}
