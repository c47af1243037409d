package io.treza.aws.kms;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key in AWS KMS by its ARN: not by an alias, which whoever may change it can point to another
 * key, and not by its id alone, which leaves account and region to the caller's credentials.
 *
 * @param value for example {@code
 *     arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab}
 */
public record KeyArn(String value) {
  private static final Pattern ARN =
      Pattern.compile("arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is no key's ARN
   */
  public KeyArn {
    if (!ARN.matcher(value).matches()) {
      throw new IllegalArgumentException("\"" + value + "\" is no key's ARN such as"
          + " arn:aws:kms:eu-central-1:123456789012:key/ID; take it from aws kms describe-key");
    }
  }

  /** The region it is in. */
  public String region() {
    Matcher arn = ARN.matcher(value);
    return arn.matches() ? arn.group(1) : "";
  }

  /**
   * The key for what is bound to this context: KMS decrypts only where the same is stated, so that
   * nobody can swap one stored ciphertext for another.
   *
   * @param context what the data is and whose, for example its tenant and record; not secret, and
   *     seen in AWS's logs
   * @throws IllegalArgumentException if it is empty
   */
  public KmsKey withEncryptionContext(Map<String, String> context) {
    if (context.isEmpty()) {
      throw new IllegalArgumentException(
          "an empty context binds nothing; name what the data is, or call"
              + " withoutEncryptionContext");
    }
    return new KmsKey(this, context);
  }

  /**
   * The key for what is bound to nothing: whoever stores several ciphertexts of this key can give one
   * for another.
   */
  public KmsKey withoutEncryptionContext() {
    return new KmsKey(this, Map.of());
  }

  @Override
  public String toString() {
    return value;
  }
}
