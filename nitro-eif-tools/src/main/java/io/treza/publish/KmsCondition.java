package io.treza.publish;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names in conditions on attested enclaves (AWS KMS Developer Guide, "Condition keys for AWS
 * Nitro Enclaves"). Names of keys and operators are the same in upper and lower case.
 */
final class KmsCondition {
  static final String EQUALS = "StringEqualsIgnoreCase";
  static final String NOT_EQUALS = "StringNotEqualsIgnoreCase";

  private static final String PREFIX = "kms:RecipientAttestation";
  private static final int REGISTERS = 32;
  private static final Pattern PCR = Pattern.compile(":pcr([0-9]{1,2})");

  private KmsCondition() {}

  static String key(int register) {
    return PREFIX + ":PCR" + register;
  }

  /** What follows the prefix that all such keys have, in lower case, if {@code key} has it. */
  private static Optional<String> suffix(String key) {
    String lower = key.toLowerCase(Locale.ROOT);
    return lower.startsWith(PREFIX.toLowerCase(Locale.ROOT))
        ? Optional.of(lower.substring(PREFIX.length()))
        : Optional.empty();
  }

  /** Whether a key is about attestation, rightly named or not. */
  static boolean isAttestation(String key) {
    return suffix(key).isPresent();
  }

  /** The register that a key is about; none if there is no such key. */
  static OptionalInt register(String key) {
    String suffix = suffix(key).orElse("");
    if (suffix.equals(":imagesha384")) {
      return OptionalInt.of(0);
    }
    Matcher pcr = PCR.matcher(suffix);
    if (pcr.matches() && Integer.parseInt(pcr.group(1)) < REGISTERS) {
      return OptionalInt.of(Integer.parseInt(pcr.group(1)));
    }
    return OptionalInt.empty();
  }

  static boolean isEquals(String operator) {
    return operator.equalsIgnoreCase("StringEquals") || operator.equalsIgnoreCase(EQUALS);
  }

  static boolean isNotEquals(String operator) {
    return operator.equalsIgnoreCase("StringNotEquals") || operator.equalsIgnoreCase(NOT_EQUALS);
  }

  /** Such a condition holds where the key is missing, that is, for everybody without evidence. */
  static boolean isIfExists(String operator) {
    return operator.toLowerCase(Locale.ROOT).endsWith("ifexists");
  }
}
