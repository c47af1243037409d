package io.treza.aws.kms;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are named whole, and secrets show themselves to nobody. */
class ValuesTest {
  private static final String ARN =
      "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";

  @Test
  void keyKnowsItsRegion() {
    assertEquals("us-gov-west-1", new KeyArn(ARN).region());
    assertEquals(ARN, new KeyArn(ARN).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias/orders",
        "arn:aws:kms:eu-central-1:123456789012:alias/orders",
        "arn:aws:kms:eu-central-1:12345:key/1234",
        "arn:aws:s3:eu-central-1:123456789012:key/1234",
        "arn:aws:kms:eu-central-1:123456789012:key/1234/x",
        "arn:aws:kms::123456789012:key/1234"
      })
  void whatIsNoKeysArnIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> new KeyArn(text));
  }

  @Test
  void contextIsStatedOrLeftOutByName() {
    KeyArn arn = new KeyArn(ARN);
    Map<String, String> context = new HashMap<>(Map.of("tenant", "blue"));
    KmsKey key = arn.withEncryptionContext(context);
    context.put("tenant", "red");
    assertEquals(Map.of("tenant", "blue"), key.encryptionContext());
    assertEquals(ARN + " for {tenant=blue}", key.toString());
    assertEquals(ARN + " without context", arn.withoutEncryptionContext().toString());
    assertThrows(IllegalArgumentException.class, () -> arn.withEncryptionContext(Map.of()));
  }

  @Test
  void closedSecretIsErased() {
    byte[] bytes = {1, 2, 3};
    Secret secret = new Secret(bytes);
    assertEquals("Secret[3 bytes]", secret.toString());
    assertArrayEquals(new byte[] {1, 2, 3}, secret.toKey("AES").getEncoded());
    secret.close();
    secret.close();
    assertArrayEquals(new byte[3], bytes);
    assertThrows(IllegalStateException.class, () -> secret.use(b -> b.length));
    assertThrows(IllegalStateException.class, () -> secret.toKey("AES"));
  }

  @Test
  void dataKeysCloseWhatTheyHold() {
    byte[] key = {1};
    try (DataKey made = new DataKey(new Secret(key), new byte[] {9})) {
      assertEquals("DataKey[wrapped in 1 bytes]", made.toString());
    }
    assertArrayEquals(new byte[1], key);
    byte[] privateKey = {1};
    try (DataKeyPair pair =
        new DataKeyPair(new byte[] {5}, new Secret(privateKey), new byte[] {9, 9})) {
      assertEquals("DataKeyPair[wrapped in 2 bytes]", pair.toString());
    }
    assertArrayEquals(new byte[1], privateKey);
  }

  @Test
  void credentialsShowTheirIdOnly() {
    ParentCredentials lent = ParentCredentials.temporary("ASIAX", "secret", "token");
    assertEquals("ParentCredentials[ASIAX]", lent.toString());
    assertEquals("token", lent.sessionToken().orElseThrow());
    assertFalse(ParentCredentials.longTerm("AKIAX", "secret").sessionToken().isPresent());
    assertThrows(
        IllegalArgumentException.class, () -> ParentCredentials.temporary("ASIAX", "secret", ""));
    assertThrows(
        IllegalArgumentException.class, () -> ParentCredentials.longTerm("two words", "secret"));
    assertThrows(IllegalArgumentException.class, () -> ParentCredentials.longTerm("AKIAX", " "));
  }
}
