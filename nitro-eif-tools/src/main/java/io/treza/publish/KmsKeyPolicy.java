package io.treza.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.PcrValue;
import io.treza.attestation.reference.Release;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A key policy for AWS KMS that gives a key's secrets to the enclaves of some releases and to nobody
 * else (AWS KMS Developer Guide, "Condition keys for AWS KMS", {@code kms:RecipientAttestation}).
 *
 * <p>One statement allows the operations to the enclave's role for each release, all its registers
 * at once, so that no mixture of two releases passes. One statement for each register denies them to
 * everybody else: IAM policies in the account could allow them, too. A statement with several
 * registers would deny only where all of them differ. Denied to everybody are also grants and
 * re-encryption, which no attestation constrains.
 */
public final class KmsKeyPolicy {
  /** What KMS accepts, in bytes (AWS KMS Developer Guide, "Quotas"). */
  public static final int MAX_BYTES = 32 << 10;

  private static final Pattern PRINCIPAL =
      Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[\\w+=,.@/-]+)");
  private static final Pattern ROLE = Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{12}:role/.+");
  private static final List<String> ADMINISTRATION = List.of(
      "kms:CancelKeyDeletion",
      "kms:CreateAlias",
      "kms:DeleteAlias",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:DisableKeyRotation",
      "kms:EnableKey",
      "kms:EnableKeyRotation",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListGrants",
      "kms:ListKeyPolicies",
      "kms:ListResourceTags",
      "kms:PutKeyPolicy",
      "kms:RevokeGrant",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription");

  private final ObjectNode policy;
  private final List<String> warnings;

  private KmsKeyPolicy(ObjectNode policy, List<String> warnings) {
    this.policy = policy;
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Starts with the releases whose enclaves may use the key. What is revoked under any name is left
   * out.
   *
   * @throws IllegalArgumentException if there is none left
   */
  public static Builder builder(Collection<Release> accepted) {
    return new Builder(accepted);
  }

  /** The policy: JSON, the same text for the same input. */
  public String toJson() {
    try {
      return JsonMapper.builder()
          .build()
          .writerWithDefaultPrettyPrinter()
          .writeValueAsString(policy);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is weaker than it should be, in words; for whoever is going to use it. */
  public List<String> warnings() {
    return warnings;
  }

  /** States who may do what. */
  public static final class Builder {
    private final List<Release> releases;
    private final SortedSet<String> administrators = new TreeSet<>();
    private final SortedSet<String> roles = new TreeSet<>();
    private final SortedSet<String> producers = new TreeSet<>();
    private final EnumSet<KmsOperation> operations = EnumSet.noneOf(KmsOperation.class);
    private Optional<SortedSet<Integer>> registers = Optional.empty();
    private boolean bindRole;

    private Builder(Collection<Release> accepted) {
      this.releases = Rollout.accepted(accepted);
      if (releases.isEmpty()) {
        throw new IllegalArgumentException("every release is revoked; nobody could use the key");
      }
    }

    /** Who may change the key and its policy, and never use it; at least one. */
    public Builder administrator(String arn) {
      administrators.add(principal(arn));
      return this;
    }

    /** The role of the parent instances, with whose credentials the enclave calls; at least one. */
    public Builder enclaveRole(String arn) {
      if (!ROLE.matcher(principal(arn)).matches()) {
        throw new IllegalArgumentException(
            arn + " is no role; instances have roles, such as arn:aws:iam::123456789012:role/name");
      }
      roles.add(arn);
      return this;
    }

    /** Who may encrypt for the enclave, and read nothing. */
    public Builder producer(String arn) {
      producers.add(principal(arn));
      return this;
    }

    /** What the enclave may do; {@code Decrypt} unless said. */
    public Builder operation(KmsOperation operation) {
      operations.add(operation);
      return this;
    }

    /**
     * Which of the releases' registers count; all that a release states, unless said.
     *
     * @throws IllegalArgumentException if there is none, since everybody would get in
     */
    public Builder registers(Set<Integer> chosen) {
      if (chosen.isEmpty()) {
        throw new IllegalArgumentException("no register would count; choose at least one");
      }
      registers = Optional.of(new TreeSet<>(chosen));
      return this;
    }

    /**
     * Also demands PCR3, which only instances with one of the enclave's roles have: the same image in
     * somebody else's account does not.
     */
    public Builder bindRole() {
      bindRole = true;
      return this;
    }

    private static String principal(String arn) {
      if (!PRINCIPAL.matcher(arn).matches()) {
        throw new IllegalArgumentException("\"" + arn
            + "\" is no principal such as arn:aws:iam::123456789012:role/name; an assumed role"
            + " (arn:aws:sts::...) is not one");
      }
      return arn;
    }

    /**
     * The policy.
     *
     * @throws IllegalStateException if there is no administrator or no role of the enclave
     * @throws IllegalArgumentException if somebody is administrator and user at once, a release lacks
     *     a register, or the policy is larger than KMS accepts
     */
    public KmsKeyPolicy build() {
      if (administrators.isEmpty() || roles.isEmpty()) {
        throw new IllegalStateException(
            "a key needs an administrator, or nobody could mend its policy, and a role to use it");
      }
      for (String role : roles) {
        if (administrators.contains(role)) {
          throw new IllegalArgumentException(
              role + " cannot both use the key and change who may use it; name two principals");
        }
      }
      if (operations.isEmpty()) {
        operations.add(KmsOperation.DECRYPT);
      }
      List<SortedMap<Integer, String>> accepted =
          releases.stream().map(this::registers).distinct().toList();
      KmsKeyPolicy policy = new KmsKeyPolicy(statements(accepted), warnings(accepted));
      if (policy.toJson().length() > MAX_BYTES) {
        throw new IllegalArgumentException("the policy of " + releases.size()
            + " releases is over the 32 KiB that KMS accepts; revoke some, or use fewer registers");
      }
      return policy;
    }

    private SortedMap<Integer, String> registers(Release release) {
      SortedMap<Integer, PcrValue> stated = release.measurements().pcrs();
      SortedMap<Integer, String> chosen = new TreeMap<>();
      for (int register : registers.orElseGet(() -> new TreeSet<>(stated.keySet()))) {
        PcrValue value = stated.get(register);
        if (value == null) {
          throw new IllegalArgumentException(
              "release " + release.name() + " states no PCR" + register);
        }
        chosen.put(register, HexFormat.of().formatHex(value.toByteArray()));
      }
      return chosen;
    }

    private List<String> warnings(List<SortedMap<Integer, String>> accepted) {
      List<String> warnings = new ArrayList<>();
      boolean image = accepted.stream().allMatch(r -> r.containsKey(0));
      if (!image && accepted.stream().anyMatch(r -> r.containsKey(8))) {
        warnings.add(
            "PCR8 without PCR0 accepts every image that this key ever signed, old ones with"
                + " known holes included; add PCR0.");
      } else if (!image) {
        warnings.add("Without PCR0 it is not one image that is accepted; add PCR0.");
      }
      if (!bindRole && accepted.stream().noneMatch(r -> r.containsKey(3))) {
        warnings.add("Nothing binds the enclave to its role: with credentials of the role, the same"
            + " image in another account passes. Demand PCR3.");
      }
      return warnings;
    }

    private ObjectNode statements(List<SortedMap<Integer, String>> accepted) {
      ObjectNode policy = JsonNodeFactory.instance.objectNode();
      policy.put("Version", "2012-10-17");
      ArrayNode statements = policy.putArray("Statement");
      statement(statements, "Administration", "Allow", administrators, ADMINISTRATION);
      if (!producers.isEmpty()) {
        statement(
            statements,
            "Encryption",
            "Allow",
            producers,
            List.of("kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext"));
      }
      List<String> actions = operations.stream().map(KmsOperation::action).toList();
      Optional<List<String>> rolePcrs =
          bindRole ? Optional.of(roles.stream().map(Builder::pcr3).toList()) : Optional.empty();
      int number = 0;
      for (SortedMap<Integer, String> release : accepted) {
        number++;
        ObjectNode equal = statement(statements, "Enclave" + number, "Allow", roles, actions)
            .putObject("Condition")
            .putObject(KmsCondition.EQUALS);
        release.forEach((register, value) -> equal.put(KmsCondition.key(register), value));
        rolePcrs.ifPresent(values -> values.forEach(equal.putArray(KmsCondition.key(3))::add));
      }
      denials(accepted, rolePcrs).forEach((register, values) -> {
        List<String> every =
            List.of(KmsOperation.values()).stream().map(KmsOperation::action).toList();
        values.forEach(statement(statements, "OnlyPCR" + register, "Deny", Set.of("*"), every)
            .putObject("Condition")
            .putObject(KmsCondition.NOT_EQUALS)
            .putArray(KmsCondition.key(register))::add);
      });
      statement(statements, "NoWayAround", "Deny", Set.of("*"), KmsPolicyCheck.WAYS_AROUND);
      return policy;
    }

    /** The values of each register that every release has. */
    private static SortedMap<Integer, SortedSet<String>> denials(
        List<SortedMap<Integer, String>> accepted, Optional<List<String>> rolePcrs) {
      SortedMap<Integer, SortedSet<String>> denials = new TreeMap<>();
      for (int register : accepted.get(0).keySet()) {
        if (accepted.stream().allMatch(r -> r.containsKey(register))) {
          SortedSet<String> values = new TreeSet<>();
          accepted.forEach(r -> values.add(r.getOrDefault(register, "")));
          denials.put(register, values);
        }
      }
      rolePcrs.ifPresent(values -> denials.put(3, new TreeSet<>(values)));
      return denials;
    }

    private static ObjectNode statement(
        ArrayNode statements,
        String id,
        String effect,
        Set<String> principals,
        List<String> actions) {
      ObjectNode statement = statements.addObject();
      statement.put("Sid", id).put("Effect", effect);
      if (principals.equals(Set.of("*"))) {
        statement.put("Principal", "*");
      } else {
        principals.forEach(statement.putObject("Principal").putArray("AWS")::add);
      }
      actions.forEach(statement.putArray("Action")::add);
      statement.put("Resource", "*");
      return statement;
    }

    /** AWS Nitro Enclaves User Guide, "Enclave measurements": the hash of the ARN, hashed once. */
    private static String pcr3(String role) {
      try {
        MessageDigest sha384 = MessageDigest.getInstance("SHA-384");
        sha384.update(new byte[PcrValue.SHA384_BYTES]);
        return HexFormat.of().formatHex(sha384.digest(role.getBytes(StandardCharsets.UTF_8)));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK this builds with has SHA-384", e);
      }
    }
  }
}
