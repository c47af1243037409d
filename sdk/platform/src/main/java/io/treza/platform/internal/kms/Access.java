package io.treza.platform.internal.kms;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/**
 * Which key a request is about, and whether its policy lets the caller do what he asks.
 *
 * @param account whose keys these are
 */
record Access(Account account, Keys keys) {
  private static final String ARN_MARK = ":key/";

  SimulatedKey authorized(
      Caller caller, Input input, String operation, Optional<Recipient> recipient) throws KmsFault {
    return authorized(caller, keyId(input), input, operation, recipient);
  }

  SimulatedKey authorized(
      Caller caller, String id, Input input, String operation, Optional<Recipient> recipient)
      throws KmsFault {
    SimulatedKey key = keys.find(id)
        .orElseThrow(
            () -> new KmsFault("NotFoundException", "there is no key " + account.keyArn(id)));
    ConditionContext context = ConditionContext.of(
        caller,
        input.encryptionContext(),
        recipient.map(Recipient::pcrs).orElseGet(Collections::emptySortedMap));
    String action = "kms:" + operation;
    Optional<String> refusal =
        key.policy().refusal(new KeyPolicy.Request(caller.arn(), action, context));
    if (refusal.isPresent()) {
      throw new KmsFault(
          "AccessDeniedException",
          "User: " + caller.arn() + " is not authorized to perform: " + action + " on resource: "
              + account.keyArn(id) + " because " + refusal.get());
    }
    return key;
  }

  /** By id or ARN; a key of another region or account is not here. */
  String keyId(Input input) throws KmsFault {
    String stated = input.required("KeyId");
    if (!stated.startsWith("arn:")) {
      return stated;
    }
    String id = stated.substring(stated.lastIndexOf(ARN_MARK) + ARN_MARK.length());
    if (!stated.equals(account.keyArn(id))) {
      throw new KmsFault("NotFoundException", "there is no key " + stated + " here");
    }
    return id;
  }

  /** AWS KMS API Reference, {@code BypassPolicyLockoutSafetyCheck}. */
  static void refuseLockOut(KeyPolicy policy, Caller caller, Input input) throws KmsFault {
    ConditionContext context = ConditionContext.of(caller, Map.of(), Collections.emptySortedMap());
    if (!input.flag("BypassPolicyLockoutSafetyCheck")
        && policy
            .refusal(new KeyPolicy.Request(caller.arn(), "kms:PutKeyPolicy", context))
            .isPresent()) {
      throw new KmsFault(
          "MalformedPolicyDocumentException",
          "the new policy would not let " + caller.arn() + " change it again");
    }
  }
}
