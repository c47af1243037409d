package io.treza.audit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.internal.SecretPatterns.Certainty;
import io.treza.audit.internal.SecretPatterns.ContentRule;
import io.treza.audit.internal.SecretPatterns.Hit;
import io.treza.audit.internal.SecretPatterns.SecretFile;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretPatternsTest {
  /** Each rule's id and an invented value; written in two parts, so that no scanner stops at it. */
  private static final List<List<String>> SAMPLES = List.of(
      List.of("private-key", "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEAx1x2x3x4x5"),
      List.of("private-key", "-----BEGIN PRIVATE " + "KEY-----\\nMIIEpAIBAAKCAQEAx1x2x3x4x5"),
      List.of(
          "private-key",
          "-----BEGIN EC PRIVATE "
              + "KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\r\nMIIEpAIBAAKCAQEAx1x2x3x4"),
      List.of("aws-access-key", "AK" + "IAQWERTYUIOPASDFGH"),
      List.of(
          "aws-secret-key",
          "aws_secret_" + "access_key = abcdefghijklmnopqrstuvwxyzABCDEF01234567"),
      List.of("github-token", "gh" + "p_abcdefghijklmnopqrstuvwxyz0123456789"),
      List.of("gitlab-token", "gl" + "pat-abcdefghijklmnopqrst"),
      List.of("slack-token", "xo" + "xb-123456789012-abcdefghijkl"),
      List.of("google-api-key", "AI" + "zaabcdefghijklmnopqrstuvwxyz012345678"),
      List.of("stripe-key", "sk" + "_live_abcdefghijklmnop"),
      List.of(
          "json-web-token",
          "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiJ0ZXN0In0.abcdefghijklmnopqrstuvwx"),
      List.of("npm-token", "np" + "m_abcdefghijklmnopqrstuvwxyz0123456789"),
      List.of("npm-token", "//registry.example/:_auth" + "Token=abcdefghijklmnop"),
      List.of("pypi-token", "pypi-Ag" + "EIcHlwaS5vcmcabcdefghijklmnopqrstuvwxyz0123"),
      List.of("docker-token", "dckr_" + "pat_abcdefghijklmnopqrstuvwxyz0"),
      List.of(
          "sendgrid-key",
          "S" + "G.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
      List.of("model-api-key", "sk-" + "ant-api03-abcdefghijklmnopqrstuvwxyz0123"),
      List.of(
          "digitalocean-token",
          "dop" + "_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
      List.of("vault-token", "hv" + "s.abcdefghijklmnopqrstuvwx"),
      List.of("azure-account-key", "Account" + "Key=" + "a".repeat(86) + "=="),
      List.of("url-password", "https://bob:hunter2" + "@example.com/"));

  @Test
  void eachFormIsFoundWhereItStands() {
    for (List<String> sample : SAMPLES) {
      String secret = sample.get(1);
      String text = "RUN x \"" + secret + "\" y";
      List<Hit> hits = SecretPatterns.find(text);
      assertEquals(
          List.of(sample.get(0)), hits.stream().map(h -> h.rule().id()).toList(), sample.get(0));
      Hit hit = hits.get(0);
      assertTrue(hit.start() >= 7 && hit.end() <= 7 + secret.length() + 1, sample.get(0));
    }
  }

  @Test
  void eachRuleIsReachedByAnAnchorWithinTheLengthsItStates() {
    Set<String> sampled = SAMPLES.stream().map(s -> s.get(0)).collect(Collectors.toSet());
    for (ContentRule rule : SecretPatterns.contentRules()) {
      assertTrue(sampled.contains(rule.id()), rule.id());
    }
    for (List<String> sample : SAMPLES) {
      Hit hit = SecretPatterns.find(sample.get(1)).get(0);
      String found = sample.get(1).substring(hit.start(), hit.end());
      ContentRule rule = hit.rule();
      assertTrue(
          rule.anchors().stream()
              .anyMatch(a -> found.contains(a) && found.indexOf(a) <= rule.before()),
          rule.id());
      assertTrue(found.length() <= rule.length(), rule.id());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEAx1x2x3x4x5",
        "ghp_short",
        "https://example.com:8080/a@b",
        "https://$USER:$TOKEN@example.com",
        "https://user:${TOKEN}@example.com",
        "git@github.com:owner/name.git",
        "xoxb-your-token-here",
      })
  void whatOnlyLooksAlikeIsNotFound(String text) {
    assertEquals(List.of(), SecretPatterns.find(text));
  }

  @ParameterizedTest
  @CsvSource({
    "API_KEY, k8s-goat-0123456789abcdef",
    "MYSQL_ROOT_PASSWORD, root",
    "MYSQL_ROOT_PASSWORD, fake_password",
    "POSTGRES_PASSWORD, example",
    "PGPASSWORD, x1",
    "DB_PASS, x1",
    "DBPASSWORD, x1",
    "argBasedPassword, default",
    "spring.datasource.password, x1",
    "GITHUB_TOKEN, abc",
    "JWT_SECRET, abc",
    "AWS_ACCESS_KEY_ID, abc",
    "AWS_SECRET_ACCESS_KEY, abc",
    "KEY_STORE_PASSWORD, changeit",
    "PUBLISH_TOKEN, abc",
    "APP_KEY, base64:abc",
    "clientSecret, abc",
  })
  void namesOfSecrets(String name, String value) {
    assertEquals(Optional.of(Certainty.SECRET), SecretPatterns.variable(name, value));
  }

  @ParameterizedTest
  @CsvSource({
    "KEY, a1b2c3d4e5f6a7b8",
    "DEPLOY_KEY, a1b2c3d4e5f6a7b8",
    "SECRET_KEY_BASE, dummy",
    "API_TOKEN, your-token-here",
    "DB_PASSWORD, xxxx",
    "DB_PASSWORD, REPLACE_ME",
  })
  void namesAndValuesThatMayBeOfSecrets(String name, String value) {
    assertEquals(Optional.of(Certainty.PERHAPS), SecretPatterns.variable(name, value));
  }

  @ParameterizedTest
  @CsvSource({
    "MYSQL_ROOT_PASSWORD_FILE, /run/secrets/x",
    "POSTGRES_PASSWORD_FILE, x1x",
    "SECRET_PATH, x1x",
    "PUBLIC_KEY, abcdefghijklmnop1",
    "GPG_KEY, A035C8C19219BA821ECEA86B64E628F8D684696D",
    "GPG_KEYS, A035C8C19219BA821ECEA86B64E628F8D684696D",
    "KEYCLOAK_VERSION, x1x",
    "KEYCLOAK_ADMIN, admin",
    "KEY_SHA512, a1b2c3d4e5f6a7b8",
    "TOKENIZERS_PARALLELISM, false",
    "TOKEN_TTL, x1x",
    "SECRET_NAME, my-secret",
    "SSH_AUTH_SOCK, /x",
    "PWD, /srv",
    "MAX_TOKEN, 4096",
    "ALLOW_EMPTY_PASSWORD, yes",
    "MYSQL_RANDOM_ROOT_PASSWORD, true",
    "API_KEY, $API_KEY",
    "API_KEY, ${API_KEY:-}",
    "API_KEY, <your key>",
    "API_KEY, ''",
    "TOKEN, /var/run/secrets/kubernetes.io/serviceaccount/token",
    "PRIMARY_KEY, a1b2c3d4e5f6a7b8",
    "SORT_KEY, name",
    "AUTH, none",
    "SECRETARIAT, x1x",
    "COMPASS, x1x",
    "PATH, /usr/bin",
  })
  void namesAndValuesThatAreNotOfSecrets(String name, String value) {
    assertEquals(Optional.empty(), SecretPatterns.variable(name, value));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id_rsa",
        "root/secret.txt",
        ".ssh/",
        "root/.ssh/id_ed25519",
        ".env",
        "app/.env.production",
        ".netrc",
        "home/a/.aws/credentials",
        ".docker/config.json",
        "x/store.p12",
        "terraform.tfstate",
        "service-account.json",
        "vault.kdbx",
        ".git-credentials"
      })
  void namesOfSecretFiles(String path) {
    assertEquals(
        Optional.of(Certainty.SECRET), SecretPatterns.file(path).map(SecretFile::certainty));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {".npmrc", "tls/server.key", "conf/server-key.pem", "a.jks", "secrets.yaml"})
  void namesOfFilesThatMayHoldSecrets(String path) {
    assertEquals(
        Optional.of(Certainty.PERHAPS), SecretPatterns.file(path).map(SecretFile::certainty));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id_rsa.pub", ".env.example", ".env.local.sample", "ca-certificates.crt", "cert.pem",
        "environment", "config.json", "public.key", "keyboard", "etc/apk/keys/x.rsa.pub"
      })
  void namesOfFilesWithoutSecrets(String path) {
    assertEquals(Optional.empty(), SecretPatterns.file(path));
  }

  @Test
  void aSecretIsNeverShownWhole() {
    assertEquals("supe... (17 characters)", SecretPatterns.mask("supersecretsecret"));
    assertEquals("r... (4 characters)", SecretPatterns.mask("root"));
    assertEquals("... (3 characters)", SecretPatterns.mask("abc"));
    assertEquals("????... (20 characters)", SecretPatterns.mask("\u001b\n\u202e\u0000".repeat(5)));
  }

  @Test
  void longTextsWithAnchorsTakeTimeInProportion() {
    for (ContentRule rule : SecretPatterns.contentRules()) {
      for (String anchor : rule.anchors()) {
        assertFalse(
            SecretPatterns.find((anchor + " ").repeat(20_000)).stream()
                .anyMatch(h -> h.rule().equals(rule) && h.end() - h.start() > rule.length()),
            anchor);
      }
    }
    assertEquals(List.of(), SecretPatterns.find("a".repeat(1 << 20) + "://" + "b".repeat(1 << 20)));
    assertEquals(List.of(), SecretPatterns.find("eyJ".repeat(100_000)));
  }
}
