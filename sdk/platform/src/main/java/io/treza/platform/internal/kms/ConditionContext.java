package io.treza.platform.internal.kms;

import io.treza.attestation.PcrValue;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * What conditions can ask about a request (AWS KMS Developer Guide, "Condition keys for AWS KMS" and
 * "for AWS Nitro Enclaves"). Names of keys are the same in upper and lower case.
 */
final class ConditionContext {
  private static final String ATTESTATION = "kms:recipientattestation:";
  private static final String ENCRYPTION_CONTEXT = "kms:encryptioncontext:";
  private static final String PRINCIPAL = "aws:principalarn";
  private static final Pattern KNOWN = Pattern.compile(ATTESTATION
      + "(imagesha384|pcr([0-9]|[12][0-9]|3[01]))|" + ENCRYPTION_CONTEXT + ".+|" + PRINCIPAL);

  private final Map<String, String> values;

  private ConditionContext(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /**
   * The context of a request.
   *
   * @param pcrs of a verified document; none without one
   */
  static ConditionContext of(
      Caller caller, Map<String, String> encryptionContext, SortedMap<Integer, PcrValue> pcrs) {
    Map<String, String> values = new HashMap<>();
    values.put(PRINCIPAL, caller.arn());
    encryptionContext.forEach(
        (key, value) -> values.put(ENCRYPTION_CONTEXT + key.toLowerCase(Locale.ROOT), value));
    pcrs.forEach((index, value) -> {
      String hex = HexFormat.of().formatHex(value.toByteArray());
      values.put(ATTESTATION + "pcr" + index, hex);
      if (index == 0) {
        values.put(ATTESTATION + "imagesha384", hex);
      }
    });
    return new ConditionContext(values);
  }

  static boolean isKnown(String key) {
    return KNOWN.matcher(key.toLowerCase(Locale.ROOT)).matches();
  }

  Optional<String> value(String key) {
    return Optional.ofNullable(values.get(key.toLowerCase(Locale.ROOT)));
  }
}
