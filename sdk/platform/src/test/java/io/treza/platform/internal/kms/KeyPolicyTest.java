package io.treza.platform.internal.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.PcrValue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Key policies by the IAM User Guide's rules, and what is not known opens nothing. */
class KeyPolicyTest {
  private static final Account ACCOUNT = new Account("123456789012", "eu-central-1");
  private static final String ROLE = "arn:aws:iam::123456789012:role/Enclave";
  private static final String A = "ab".repeat(48);
  private static final String B = "cd".repeat(48);
  private static final String PCR0 = "kms:RecipientAttestation:PCR0";

  private static String statement(String effect, String principal, String action, String rest) {
    return "{\"Sid\": \"%s%s\", \"Effect\": \"%s\", \"Principal\": %s, \"Action\": %s, \"Resource\": \"*\"%s}"
        .formatted(effect, action.replaceAll("\\W", ""), effect, principal, action, rest);
  }

  private static String allow(String condition) {
    return statement("Allow", "\"*\"", "\"kms:Decrypt\"", ", \"Condition\": " + condition);
  }

  private static String deny(String condition) {
    return statement("Deny", "\"*\"", "\"kms:Decrypt\"", ", \"Condition\": " + condition);
  }

  private static final String ALLOW_ALL =
      "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\", \"Resource\": \"*\"}";

  private static KeyPolicy policy(String... statements) throws KmsFault {
    return KeyPolicy.parse(
        "{\"Version\": \"2012-10-17\", \"Statement\": [" + String.join(",", statements) + "]}",
        ACCOUNT);
  }

  private static boolean allows(
      KeyPolicy policy, String who, String action, Map<Integer, String> pcrs) {
    SortedMap<Integer, PcrValue> values = new TreeMap<>();
    pcrs.forEach((index, hex) -> values.put(index, PcrValue.ofHex(hex)));
    ConditionContext context =
        ConditionContext.of(new Caller(who), Map.of("tenant", "blue"), values);
    return policy.refusal(new KeyPolicy.Request(who, action, context)).isEmpty();
  }

  @Test
  void patternOfManyAsterisksIsJudgedAtOnce() throws KmsFault {
    KeyPolicy many = policy(statement("Allow", "\"*\"", "\"" + "*e".repeat(2000) + "*x\"", ""));
    assertTimeoutPreemptively(Duration.ofMinutes(1), () -> assertFalse(allows(many, Map.of(0, A))));
  }

  @ParameterizedTest
  @CsvSource({
    "*, true", "kms:*, true", "kms:De*, true", "*decrypt, true", "k*s:*ec*t, true",
    "kms:?ecrypt, true", "**t, true", "kms:Decrypt*, true", "kms:decryp, false", "*e*e*, false",
    "?kms:*, false", "k*s:*t*x, false", "kms.Decrypt, false"
  })
  void asteriskIsAnyCharactersAndQuestionMarkOne(String action, boolean covers) throws KmsFault {
    KeyPolicy policy = policy(statement("Allow", "\"*\"", "\"" + action + "\"", ""));
    assertEquals(covers, allows(policy, Map.of()));
  }

  private static boolean allows(KeyPolicy policy, Map<Integer, String> pcrs) {
    return allows(policy, ROLE, "kms:Decrypt", pcrs);
  }

  @ParameterizedTest
  @CsvSource({
    // operator, value, with PCR0 A, with PCR0 B, without evidence
    "StringEquals, a, true, false, false",
    "StringEquals, A, false, false, false",
    "StringEqualsIgnoreCase, A, true, false, false",
    "stringequalsignorecase, a, true, false, false",
    "StringNotEquals, a, false, true, true",
    "StringNotEquals, A, true, true, true",
    "StringNotEqualsIgnoreCase, A, false, true, true",
    "StringLike, ab*, true, false, false",
    "StringLike, ab, false, false, false",
    "StringNotLike, ab*, false, true, true",
    "StringEqualsIfExists, a, true, false, true",
    "StringNotEqualsIfExists, a, false, true, true",
    "Null, true, false, false, true",
    "Null, false, true, true, false",
    "StringEquals, a+b, true, true, false",
    "StringNotEquals, a+b, false, false, true"
  })
  void operatorsHoldAsIamSaysThey(
      String operator, String value, boolean withA, boolean withB, boolean without)
      throws KmsFault {
    String values = switch (value) {
      case "a" -> "\"" + A + "\"";
      case "A" -> "\"" + A.replace('b', 'B') + "\"";
      case "a+b" -> "[\"" + A + "\", \"" + B + "\"]";
      default -> "\"" + value + "\"";
    };
    String condition = "{\"%s\": {\"%s\": %s}}".formatted(operator, PCR0, values);
    KeyPolicy allowing = policy(allow(condition));
    KeyPolicy denying = policy(ALLOW_ALL, deny(condition));
    assertEquals(withA, allows(allowing, Map.of(0, A)));
    assertEquals(withB, allows(allowing, Map.of(0, B)));
    assertEquals(without, allows(allowing, Map.of()));
    assertEquals(!withA, allows(denying, Map.of(0, A)));
    assertEquals(!withB, allows(denying, Map.of(0, B)));
    assertEquals(!without, allows(denying, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"StringMatches\": {\"kms:RecipientAttestation:PCR0\": \"x\"}}",
        "{\"ForAllValues:StringEquals\": {\"kms:RecipientAttestation:PCR0\": \"x\"}}",
        "{\"Bool\": {\"aws:MultiFactorAuthPresent\": \"true\"}}",
        "{\"StringEquals\": {\"kms:RecipientAttestation\": \"x\"}}",
        "{\"StringNotEquals\": {\"kms:RecipientAttestation:PCR32\": \"x\"}}",
        "{\"StringEqualsIfExists\": {\"kms:RecipientAttestation:NitroTPMPCR4\": \"x\"}}",
        "{\"StringNotEquals\": {\"aws:PrincipalArn\": \"${aws:username}\"}}",
        "{\"Null\": {\"kms:RecipientAttestation:PCR0\": \"maybe\"}}"
      })
  void conditionThatIsNotKnownNeverAllowsAndAlwaysDenies(String condition) throws KmsFault {
    for (Map<Integer, String> pcrs : List.of(Map.of(0, A), Map.<Integer, String>of())) {
      assertFalse(allows(policy(allow(condition)), pcrs));
      assertFalse(allows(policy(ALLOW_ALL, deny(condition)), pcrs));
    }
  }

  @Test
  void everyConditionOfAStatementMustHold() throws KmsFault {
    KeyPolicy both = policy(allow("{\"StringEquals\": {\"%s\": \"%s\", \"%s\": \"%s\"}}"
        .formatted(PCR0, A, "kms:recipientattestation:pcr31", B)));
    assertTrue(allows(both, Map.of(0, A, 31, B)));
    assertFalse(allows(both, Map.of(0, A)));
    // A known condition that fails keeps a denial from applying, whatever stands beside it.
    KeyPolicy unknownToo = policy(
        ALLOW_ALL, deny("{\"StringEquals\": {\"%s\": \"%s\", \"x:y\": \"z\"}}".formatted(PCR0, A)));
    assertTrue(allows(unknownToo, Map.of(0, B)));
    assertFalse(allows(unknownToo, Map.of(0, A)));
  }

  @Test
  void imageIsPcr0AndOtherKeysAreKnown() throws KmsFault {
    KeyPolicy image = policy(allow(
        "{\"StringEquals\": {\"kms:RecipientAttestation:ImageSha384\": \"%s\"}}".formatted(A)));
    assertTrue(allows(image, Map.of(0, A)));
    assertFalse(allows(image, Map.of(1, A)));
    KeyPolicy context =
        policy(allow("{\"StringEquals\": {\"kms:EncryptionContext:tenant\": \"blue\","
            + " \"aws:PrincipalArn\": \"" + ROLE + "\"}}"));
    assertTrue(allows(context, Map.of()));
    KeyPolicy other =
        policy(allow("{\"StringEquals\": {\"kms:EncryptionContext:tenant\": \"red\"}}"));
    assertFalse(allows(other, Map.of()));
  }

  @Test
  void denialWinsWhereverItStands() throws KmsFault {
    String deny = statement("Deny", "\"*\"", "\"kms:Decrypt\"", "");
    assertFalse(allows(policy(deny, ALLOW_ALL), Map.of()));
    assertFalse(allows(policy(ALLOW_ALL, deny), Map.of()));
    assertTrue(allows(policy(ALLOW_ALL, deny), ROLE, "kms:Encrypt", Map.of()));
  }

  @Test
  void actionsMatchWithWildcardsAndInAnyCase() throws KmsFault {
    KeyPolicy policy =
        policy(statement("Allow", "\"*\"", "[\"KMS:generatedatakey*\", \"kms:?ncrypt\"]", ""));
    assertTrue(allows(policy, ROLE, "kms:GenerateDataKeyPair", Map.of()));
    assertTrue(allows(policy, ROLE, "kms:Encrypt", Map.of()));
    assertFalse(allows(policy, ROLE, "kms:Decrypt", Map.of()));
  }

  @Test
  void principalsAreNamedAndAnAccountAllowsNobodyElse() throws KmsFault {
    String root = ACCOUNT.root();
    String other = "arn:aws:iam::123456789012:role/Other";
    KeyPolicy role = policy(statement("Allow", "{\"AWS\": \"" + ROLE + "\"}", "\"kms:*\"", ""));
    assertTrue(allows(role, ROLE, "kms:Decrypt", Map.of()));
    assertFalse(allows(role, other, "kms:Decrypt", Map.of()));
    for (String account : new String[] {root, "123456789012"}) {
      KeyPolicy allowing =
          policy(statement("Allow", "{\"AWS\": [\"" + account + "\"]}", "\"kms:*\"", ""));
      assertTrue(allows(allowing, root, "kms:Decrypt", Map.of()));
      assertFalse(allows(allowing, ROLE, "kms:Decrypt", Map.of()), "no IAM policy says so");
      KeyPolicy denying =
          policy(ALLOW_ALL, statement("Deny", "{\"AWS\": \"" + account + "\"}", "\"kms:*\"", ""));
      assertFalse(allows(denying, ROLE, "kms:Decrypt", Map.of()), "its roles are the account's");
    }
    KeyPolicy service = policy(
        statement("Allow", "{\"Service\": \"s3.amazonaws.com\"}", "\"kms:*\"", ""),
        statement("Allow", "{\"AWS\": \"*\"}", "\"kms:Encrypt\"", ""));
    assertFalse(allows(service, ROLE, "kms:Decrypt", Map.of()));
    assertTrue(allows(service, ROLE, "kms:Encrypt", Map.of()));
  }

  @Test
  void aKeyWithoutAPolicyIsTheAccounts() throws KmsFault {
    KeyPolicy policy = KeyPolicy.ofAccount(ACCOUNT);
    assertTrue(allows(policy, ACCOUNT.root(), "kms:Decrypt", Map.of()));
    assertFalse(allows(policy, ROLE, "kms:Decrypt", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"Statement\": []}",
        "{\"Statement\": {\"Effect\": \"Permit\", \"Principal\": \"*\", \"Action\": \"kms:*\","
            + " \"Resource\": \"*\"}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"NotPrincipal\": \"*\", \"Action\": \"kms:*\","
            + " \"Resource\": \"*\"}}",
        "{\"Statement\": {\"Effect\": \"Deny\", \"Principal\": \"*\", \"NotAction\": \"kms:*\","
            + " \"Resource\": \"*\"}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\","
            + " \"Resource\": \"arn:aws:kms:::key/x\"}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": null,"
            + " \"Resource\": \"*\"}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Effect\": \"Deny\", \"Principal\": \"*\","
            + " \"Action\": \"kms:*\", \"Resource\": \"*\"}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\","
            + " \"Resource\": \"*\", \"Condition\": []}}",
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\","
            + " \"Resource\": \"*\", \"Condition\": {\"StringEquals\": \"x\"}}}"
      })
  void whatCannotBeJudgedIsNoPolicy(String json) {
    KmsFault e = assertThrows(KmsFault.class, () -> KeyPolicy.parse(json, ACCOUNT));
    assertEquals("MalformedPolicyDocumentException", e.type());
  }

  @Test
  void policyOver32KibibytesIsRefused() {
    String json = "{\"Statement\": " + ALLOW_ALL + "}" + " ".repeat(32 << 10);
    assertThrows(KmsFault.class, () -> KeyPolicy.parse(json, ACCOUNT));
  }
}
