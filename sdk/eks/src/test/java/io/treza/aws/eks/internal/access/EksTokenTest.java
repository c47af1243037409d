package io.treza.aws.eks.internal.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.regions.Region;

/** What an API server's authenticator takes for a token (aws-iam-authenticator, pkg/token). */
class EksTokenTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
  private static final String SECRET = "verysecretkey";
  /** All that the authenticator lets through, in lower case; another makes it refuse the token. */
  private static final Set<String> PARAMETERS = Set.of(
      "action",
      "version",
      "x-amz-algorithm",
      "x-amz-credential",
      "x-amz-date",
      "x-amz-expires",
      "x-amz-security-token",
      "x-amz-signature",
      "x-amz-signedheaders");

  private final Time time = new Time();
  private AwsCredentials credentials =
      AwsSessionCredentials.create("AKIATEST", SECRET, "verysecrettoken");

  private static final class Time extends Clock {
    private Instant now = NOW;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private EksToken token(String region) {
    AwsCredentialsProvider provider = () -> credentials;
    return new EksToken("enclaves", Region.of(region), provider, time);
  }

  private static URI decoded(String token) {
    assertTrue(token.startsWith("k8s-aws-v1."), token);
    assertFalse(token.endsWith("="), "base64url without padding");
    assertTrue(token.length() <= 4096, "an authenticator takes no longer one");
    return URI.create(new String(
        Base64.getUrlDecoder().decode(token.substring("k8s-aws-v1.".length())),
        StandardCharsets.US_ASCII));
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new TreeMap<>();
    for (String pair : uri.getRawQuery().split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(
          parts[0].toLowerCase(Locale.ROOT), URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  @Test
  void isASignedQuestionToTheRegionsStsAndNothingElse() {
    URI asked = decoded(token("eu-central-1").getToken());
    assertEquals("https", asked.getScheme());
    assertEquals("sts.eu-central-1.amazonaws.com", asked.getAuthority());
    assertEquals("/", asked.getPath());
    Map<String, String> query = query(asked);
    assertEquals(PARAMETERS, query.keySet());
    assertEquals("GetCallerIdentity", query.get("action"));
    assertEquals("2011-06-15", query.get("version"));
    assertEquals("AWS4-HMAC-SHA256", query.get("x-amz-algorithm"));
    assertEquals("AKIATEST/20261123/eu-central-1/sts/aws4_request", query.get("x-amz-credential"));
    assertEquals("20261123T100000Z", query.get("x-amz-date"));
    assertEquals("60", query.get("x-amz-expires"));
    assertEquals("verysecrettoken", query.get("x-amz-security-token"));
    assertEquals("host;x-k8s-aws-id", query.get("x-amz-signedheaders"));
    assertTrue(query.get("x-amz-signature").matches("[0-9a-f]{64}"));
  }

  @Test
  void isForOneClusterSinceItsNameIsSigned() {
    AwsCredentialsProvider provider = () -> credentials;
    String other = new EksToken("others", Region.EU_CENTRAL_1, provider, time).getToken();
    assertNotEquals(
        query(decoded(token("eu-central-1").getToken())).get("x-amz-signature"),
        query(decoded(other)).get("x-amz-signature"));
  }

  @Test
  void asksStsOfItsPartition() {
    assertEquals(
        "sts.cn-north-1.amazonaws.com.cn",
        decoded(token("cn-north-1").getToken()).getHost());
    assertEquals(
        "sts.us-gov-west-1.amazonaws.com",
        decoded(token("us-gov-west-1").getToken()).getHost());
  }

  @Test
  void isMadeAnewBeforeItEndsAndWithTheCredentialsOfThen() {
    EksToken tokens = token("eu-central-1");
    String first = tokens.getToken();
    time.now = NOW.plus(EksToken.USED).minusMillis(1);
    assertEquals(first, tokens.getToken());
    time.now = NOW.plus(EksToken.USED);
    credentials = AwsSessionCredentials.create("AKIANEXT", SECRET, "another");
    String second = tokens.getToken();
    assertTrue(query(decoded(second)).get("x-amz-credential").startsWith("AKIANEXT/"));
    time.now = NOW;
    assertNotEquals(second, tokens.getToken(), "the clock was set back");
  }

  @Test
  void showsTheSecretNowhere() {
    EksToken tokens = token("eu-central-1");
    String token = tokens.getToken();
    assertFalse(decoded(token).toString().contains(SECRET));
  }

  /** As the AWS reference has it: "Create a signed AWS API request", query string. */
  @Test
  void isSignedOverTheClustersNameWithTheSecret() throws Exception {
    URI asked = decoded(token("us-east-1").getToken());
    String signed = Stream.of(asked.getRawQuery().split("&"))
        .filter(pair -> !pair.startsWith("X-Amz-Signature="))
        .sorted()
        .collect(Collectors.joining("&"));
    String canonical = "GET\n/\n" + signed
        + "\nhost:sts.us-east-1.amazonaws.com\nx-k8s-aws-id:enclaves\n"
        + "\nhost;x-k8s-aws-id\n" + hex(sha256(""));
    String scope = "20261123/us-east-1/sts/aws4_request";
    byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    String text = "AWS4-HMAC-SHA256\n20261123T100000Z\n" + scope + "\n" + hex(sha256(canonical));
    assertEquals(hex(hmac(key, text)), query(asked).get("x-amz-signature"));
  }

  private static byte[] sha256(String text) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
