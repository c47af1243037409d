package io.treza.publish;

import io.treza.attestation.PcrValue;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Judges a key policy, whoever wrote it: whether only attested enclaves get the key's secrets, and
 * those of which releases. What other policies of the account say is not seen; where it matters,
 * this says so.
 */
public final class KmsPolicyCheck {
  private static final Pattern PCR = Pattern.compile("[0-9a-fA-F]{96}");
  private static final Pattern ZERO = Pattern.compile("0+");

  /** What gives secrets of the key, or lets somebody give that on. */
  private static final Set<String> OPENS = Set.of(
      "Decrypt",
      "GenerateDataKey",
      "GenerateDataKeyPair",
      "DeriveSharedSecret",
      "ReEncryptFrom",
      "CreateGrant");

  /**
   * What gets at a key's secrets in a call that carries no evidence. Who may copy a multi-Region key
   * into another Region writes the key policy of the copy, which has the same key material (AWS KMS
   * API Reference, ReplicateKey); of other keys it gives nothing.
   */
  static final List<String> WAYS_AROUND =
      List.of("kms:CreateGrant", "kms:ReEncryptFrom", "kms:ReplicateKey");

  private final List<PolicyStatement> statements;
  private final List<PolicyFinding> findings = new ArrayList<>();

  private KmsPolicyCheck(List<PolicyStatement> statements) {
    this.statements = statements;
  }

  /**
   * What is wrong with a policy that is to let the enclaves of these releases in and nobody else.
   *
   * @param policy a key policy in JSON, alone or in the answer that {@code aws kms get-key-policy}
   *     prints
   * @param accepted the releases; revoked ones must not be let in
   * @throws IllegalArgumentException if it is no policy, or one that this cannot judge
   */
  public static List<PolicyFinding> check(byte[] policy, Collection<Release> accepted) {
    KmsPolicyCheck check = new KmsPolicyCheck(PolicyStatement.parse(policy));
    check.conditions();
    check.access();
    check.waysAround();
    check.releases(accepted);
    return List.copyOf(check.findings);
  }

  /**
   * The same of what is in force for a key, its grants included: they let in beside the policy.
   *
   * @throws IllegalArgumentException if the policy is one that this cannot judge
   */
  public static List<PolicyFinding> check(KmsKeyState key, Collection<Release> accepted) {
    List<PolicyFinding> findings =
        new ArrayList<>(check(key.policy().getBytes(StandardCharsets.UTF_8), accepted));
    key.grants().forEach(grant -> findings.add(finding(grant)));
    return List.copyOf(findings);
  }

  private static PolicyFinding finding(KmsGrant grant) {
    boolean opens = grant.operations().stream().anyMatch(OPENS::contains);
    return new PolicyFinding(
        opens,
        "grant " + grant.id() + ": lets " + grant.grantee() + " "
            + String.join(", ", grant.operations()) + " beside the policy"
            + (opens ? "; no grant demands evidence: revoke it (aws kms revoke-grant)" : ""));
  }

  /**
   * The values of PCR0 that a policy lets in, in lower-case hex.
   *
   * @throws IllegalArgumentException if it is no policy, or one that this cannot judge
   */
  public static SortedSet<String> acceptedImages(byte[] policy) {
    return new KmsPolicyCheck(PolicyStatement.parse(policy)).images();
  }

  private void error(PolicyStatement statement, String message) {
    findings.add(new PolicyFinding(true, statement.name() + ": " + message));
  }

  private void warning(String message) {
    findings.add(new PolicyFinding(false, message));
  }

  /** Conditions that do not mean what they look like. */
  private void conditions() {
    for (PolicyStatement statement : statements) {
      statement.conditions().forEach((operator, keys) -> {
        keys.forEach((key, values) -> {
          if (KmsCondition.isAttestation(key)) {
            condition(statement, operator, key, values);
          }
        });
        long registers =
            keys.keySet().stream().filter(KmsCondition::isAttestation).count();
        if (!statement.allow() && registers > 1) {
          error(
              statement,
              "denies only where all " + registers
                  + " registers differ; write a statement for each register");
        }
      });
    }
  }

  private void condition(
      PolicyStatement statement, String operator, String key, List<String> values) {
    if (KmsCondition.register(key).isEmpty()) {
      error(statement, "there is no condition key " + key + "; it never holds");
    }
    if (KmsCondition.isIfExists(operator)) {
      error(statement, operator + " on " + key + " also holds without any evidence");
    } else if (!KmsCondition.isEquals(operator) && !KmsCondition.isNotEquals(operator)) {
      error(
          statement,
          operator + " on " + key + " is not an exact comparison; use " + KmsCondition.EQUALS);
    }
    for (String value : values) {
      if (ZERO.matcher(value).matches()) {
        error(statement, key + " is zero, which is what an enclave in debug mode has");
      } else if (!PCR.matcher(value).matches()) {
        error(statement, key + " \"" + value + "\" is not 96 hex digits; it never matches");
      }
    }
  }

  /** Who may use the key without evidence. */
  private void access() {
    for (KmsOperation operation : KmsOperation.values()) {
      boolean guarded = statements.stream().anyMatch(s -> isGuard(s, operation));
      for (PolicyStatement statement : statements) {
        if (statement.allow()
            && statement.covers(operation.action())
            && !guarded
            && !namesImages(equal(statement))) {
          error(
              statement,
              "gives " + operation.action() + " to " + statement.principals()
                  + (equal(statement).isEmpty()
                      ? " without any evidence"
                      : " whatever image is in the enclave")
                  + "; add a condition on PCR0, and deny everybody else");
        }
      }
      boolean used = statements.stream().anyMatch(s -> s.allow() && s.covers(operation.action()));
      if (used && !guarded) {
        warning("nothing denies " + operation.action() + " to callers without evidence: where the"
            + " key policy lets IAM policies decide, they can allow it; add a statement that denies"
            + " it to everybody with another PCR0");
      }
    }
    boolean signerOnly = statements.stream()
        .map(KmsPolicyCheck::equal)
        .anyMatch(equal -> equal.containsKey(8) && !equal.containsKey(0));
    if (signerOnly) {
      warning("PCR8 without PCR0 accepts every image that this key ever signed; add PCR0");
    }
  }

  /** Whether registers are of an image, or of who signed it; others say where it runs. */
  private static boolean namesImages(SortedMap<Integer, List<String>> equal) {
    return equal.containsKey(0)
        || equal.containsKey(8)
        || equal.keySet().containsAll(List.of(1, 2));
  }

  /** A statement that denies an operation to everybody whose PCR0 is another. */
  private static boolean isGuard(PolicyStatement statement, KmsOperation operation) {
    return !statement.allow()
        && statement.everybody()
        && statement.covers(operation.action())
        && denied(statement).containsKey(0);
  }

  /** What an allowing statement demands exactly, by register. */
  private static SortedMap<Integer, List<String>> equal(PolicyStatement statement) {
    SortedMap<Integer, List<String>> equal = new TreeMap<>();
    if (statement.allow()) {
      statement.conditions().forEach((operator, keys) -> {
        if (KmsCondition.isEquals(operator)) {
          collect(keys, equal);
        }
      });
    }
    return equal;
  }

  /** What a denying statement spares, by register; nothing if it has a further condition. */
  private static SortedMap<Integer, List<String>> denied(PolicyStatement statement) {
    SortedMap<Integer, List<String>> spared = new TreeMap<>();
    if (!statement.allow() && statement.conditions().size() == 1) {
      Map.Entry<String, Map<String, List<String>>> only =
          statement.conditions().entrySet().iterator().next();
      if (KmsCondition.isNotEquals(only.getKey()) && only.getValue().size() == 1) {
        collect(only.getValue(), spared);
      }
    }
    return spared;
  }

  private static void collect(
      Map<String, List<String>> keys, SortedMap<Integer, List<String>> into) {
    keys.forEach((key, values) -> {
      OptionalInt register = KmsCondition.register(key);
      if (register.isPresent()) {
        // All conditions must hold, so a second one leaves what is in both.
        into.merge(
            register.getAsInt(),
            values.stream().map(v -> v.toLowerCase(Locale.ROOT)).toList(),
            (before, also) -> before.stream().filter(also::contains).toList());
      }
    });
  }

  /** Ways to the key's secrets that no evidence constrains. */
  private void waysAround() {
    for (String action : WAYS_AROUND) {
      boolean denied = statements.stream()
          .anyMatch(
              s -> !s.allow() && s.everybody() && s.conditions().isEmpty() && s.covers(action));
      if (denied) {
        continue;
      }
      warning(action + " is not denied to everybody, and no evidence constrains it");
      for (PolicyStatement statement : statements) {
        // Such a call carries no evidence, so what demands some allows nothing.
        if (statement.allow() && statement.covers(action) && equal(statement).isEmpty()) {
          error(
              statement,
              "gives " + action + " to " + statement.principals()
                  + ", a way to the secrets that takes no evidence; deny it to everybody");
        }
      }
    }
    for (PolicyStatement statement : statements) {
      boolean uses = List.of(KmsOperation.values()).stream()
          .anyMatch(operation -> statement.covers(operation.action()));
      if (statement.allow() && uses && statement.covers("kms:PutKeyPolicy")) {
        warning(statement.name() + ": " + statement.principals()
            + " may use the key and also change who may; give that to another principal");
      }
    }
  }

  /** The values of PCR0 that pass, of any operation. */
  private SortedSet<String> images() {
    SortedSet<String> images = new TreeSet<>();
    for (KmsOperation operation : KmsOperation.values()) {
      images.addAll(images(operation));
    }
    return images;
  }

  /** Where any image passes, which is an error of its own, those that no denial spares. */
  private SortedSet<String> images(KmsOperation operation) {
    SortedSet<String> spared = new TreeSet<>();
    SortedSet<String> allowed = new TreeSet<>();
    List<List<String>> guards = statements.stream()
        .filter(s -> isGuard(s, operation))
        .map(s -> denied(s).getOrDefault(0, List.of()))
        .toList();
    for (List<String> guard : guards) {
      spared.addAll(guard);
    }
    for (PolicyStatement statement : statements) {
      if (statement.allow() && statement.covers(operation.action())) {
        allowed.addAll(equal(statement).getOrDefault(0, List.copyOf(spared)));
      }
    }
    for (List<String> guard : guards) {
      allowed.retainAll(guard);
    }
    return allowed;
  }

  private void releases(Collection<Release> accepted) {
    SortedSet<String> images = images();
    SortedSet<String> surplus = new TreeSet<>(images);
    for (Release release : accepted) {
      String pcr0 = Rollout.pcr0(release);
      boolean revoked = release.status() == ReleaseStatus.REVOKED;
      surplus.remove(pcr0);
      if (revoked && images.contains(pcr0)) {
        findings.add(new PolicyFinding(
            true, "release " + release.name() + " is revoked and still let in; remove its PCR0"));
      } else if (!revoked && !letsIn(release)) {
        findings.add(new PolicyFinding(
            true,
            "release " + release.name() + " is not let in; "
                + (images.contains(pcr0)
                    ? "its PCR0 is, but another condition keeps it out"
                    : "add its PCR0, " + pcr0)));
      }
    }
    for (String image : surplus) {
      findings.add(new PolicyFinding(
          true, "PCR0 " + image + " is let in and is none of the releases; remove it"));
    }
  }

  /** Whether an enclave of a release may do something; of registers it does not state, all fit. */
  private boolean letsIn(Release release) {
    return List.of(KmsOperation.values()).stream()
        .map(KmsOperation::action)
        .anyMatch(action -> statements.stream()
                .anyMatch(s -> s.allow() && s.covers(action) && fits(release, equal(s)))
            && statements.stream()
                .noneMatch(s -> !s.allow()
                    && s.everybody()
                    && s.covers(action)
                    && (s.conditions().isEmpty() || !fits(release, denied(s)))));
  }

  private static boolean fits(Release release, SortedMap<Integer, List<String>> demanded) {
    return demanded.entrySet().stream().allMatch(register -> {
      PcrValue value = release.measurements().pcrs().get(register.getKey());
      return value == null || register.getValue().contains(hex(value));
    });
  }

  static String hex(PcrValue value) {
    return HexFormat.of().formatHex(value.toByteArray());
  }
}
