package io.treza.aws.eks.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** How an API server is found and what it is shown. */
class AccessTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  @Test
  void showsEksASignedQuestionToStsThatNamesTheCluster() {
    AtomicReference<Instant> now = new AtomicReference<>(NOON);
    String token = token(now).current();
    assertTrue(token.startsWith("k8s-aws-v1."), token);
    assertFalse(token.contains("="), token);
    URI question = URI.create(new String(
        Base64.getUrlDecoder().decode(token.substring("k8s-aws-v1.".length())),
        StandardCharsets.UTF_8));
    assertEquals("https", question.getScheme());
    assertEquals("sts.eu-west-1.amazonaws.com", question.getHost());
    assertEquals("/", question.getPath());
    Map<String, String> query = Stream.of(question.getQuery().split("&"))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    assertEquals("GetCallerIdentity", query.get("Action"));
    assertEquals("2011-06-15", query.get("Version"));
    assertEquals("60", query.get("X-Amz-Expires"));
    assertEquals("20261123T120000Z", query.get("X-Amz-Date"));
    assertEquals("AKID/20261123/eu-west-1/sts/aws4_request", query.get("X-Amz-Credential"));
    // Signed, so that the token is of use for this cluster only.
    assertEquals("host;x-k8s-aws-id", query.get("X-Amz-SignedHeaders"));
    assertEquals(64, query.get("X-Amz-Signature").length());
  }

  @Test
  void makesANewTokenBeforeTheServerTakesTheOldNoMore() {
    AtomicReference<Instant> now = new AtomicReference<>(NOON);
    EksToken token = token(now);
    String first = token.current();
    now.set(NOON.plusSeconds(9 * 60));
    assertEquals(first, token.current());
    now.set(NOON.plusSeconds(11 * 60));
    assertNotEquals(first, token.current());
  }

  @Test
  void usesWhatKubernetesPutsIntoAPodAndReadsItsTokenAnew(@TempDir Path mount) throws Exception {
    Files.writeString(mount.resolve("token"), "one\n");
    Files.writeString(mount.resolve("namespace"), "enclaves");
    Files.writeString(mount.resolve("ca.crt"), "");
    Config config = PodAccess.config(
        Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "6443"), mount);
    assertEquals("https://[fd00::1]:6443/", config.getMasterUrl());
    assertEquals("enclaves", config.getNamespace());
    assertEquals(mount.resolve("ca.crt").toString(), config.getCaCertFile());
    assertEquals("one", config.getOauthTokenProvider().getToken());
    Files.writeString(mount.resolve("token"), "two\n");
    assertEquals("two", config.getOauthTokenProvider().getToken());
  }

  @Test
  void saysThatItRunsInNoPod(@TempDir Path mount) {
    IOException e = assertThrows(IOException.class, () -> PodAccess.config(Map.of(), mount));
    assertTrue(e.getMessage().contains("runs in no pod"), e.getMessage());
  }

  private static EksToken token(AtomicReference<Instant> now) {
    return new EksToken(
        StaticCredentialsProvider.create(AwsBasicCredentials.create("AKID", "secret")),
        "eu-west-1",
        "prod",
        new Clock() {
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
            return now.get();
          }
        });
  }
}
