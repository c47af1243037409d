package io.treza.aws.kms;

import java.util.Map;

/** A key and what the data is bound to that it encrypts; made by {@link KeyArn}. */
public final class KmsKey {
  private final KeyArn arn;
  private final Map<String, String> encryptionContext;

  KmsKey(KeyArn arn, Map<String, String> encryptionContext) {
    this.arn = arn;
    this.encryptionContext = Map.copyOf(encryptionContext);
  }

  /** Which key. */
  public KeyArn arn() {
    return arn;
  }

  /** What KMS binds the data to; empty if nothing. */
  public Map<String, String> encryptionContext() {
    return encryptionContext;
  }

  @Override
  public String toString() {
    return arn + (encryptionContext.isEmpty() ? " without context" : " for " + encryptionContext);
  }
}
