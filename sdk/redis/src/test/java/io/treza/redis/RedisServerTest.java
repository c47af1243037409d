package io.treza.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.ChallengeStatus;
import io.treza.attestation.ChallengeStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the server is reached, and what is said when it is not. */
class RedisServerTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir
  private Path directory;

  private static ChallengeStore store(RedisServer server) {
    return new RedisChallengeStore(server, "c:", InstantSource.system());
  }

  private static String refusal(RedisServer server) {
    try (server) {
      return assertThrows(IllegalStateException.class, () -> store(server).issue("a", MINUTE))
          .getMessage();
    }
  }

  private static RedisServer plain(URI address) {
    return RedisServer.at(address).insecurePlaintext().build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://h",
        "h:6379",
        "rediss:h",
        "rediss:///0",
        "rediss://h/x",
        "rediss://h/0/1",
        "rediss://h/0?timeout=1",
        "rediss://s3cret@h"
      })
  void anotherFormOfAddressIsRefusedWithoutRepeatingIt(String address) {
    String message = assertThrows(
            IllegalArgumentException.class, () -> RedisServer.at(URI.create(address)))
        .getMessage();
    assertFalse(message.contains("s3cret"), message);
  }

  @Test
  void plaintextIsNotSpokenUnlessAllowedByName() {
    RedisServer.Builder builder = RedisServer.at(URI.create("redis://localhost"));
    String message =
        assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains("insecurePlaintext()"), message);
    builder.insecurePlaintext().build().close();
  }

  @Test
  void limitsArePositive() {
    RedisServer.Builder builder = RedisServer.at(URI.create("rediss://h"));
    assertThrows(IllegalArgumentException.class, () -> builder.connectTimeout(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.answerTimeout(Duration.ofDays(99)));
    assertThrows(IllegalArgumentException.class, () -> builder.maxConnections(0));
  }

  @Test
  void nothingThatIsPrintedHasThePassword() throws IOException {
    try (RedisProcess redis = new RedisProcess(directory, "--requirepass", "p@:+ s3cret")) {
      RedisServer server = plain(redis.address(":s3cret@"));
      assertEquals("RedisServer[127.0.0.1:" + redis.port() + "]", server.toString());
      String message = refusal(server);
      assertTrue(message.contains("give user and password in the address"), message);
      assertFalse(message.contains("s3cret"), message);
    }
  }

  @Test
  void userPasswordAndDatabaseAreThoseOfTheAddress() throws IOException {
    try (RedisProcess redis = new RedisProcess(
            directory,
            "--user app on >p@:+%s3cret ~c:* -@all +eval +info +get +set +del +select".split(" "));
        RedisServer server =
            plain(URI.create(redis.address("app:p%40%3A+%25s3cret@").toString() + "/3"))) {
      byte[] nonce = store(server).issue("a", MINUTE).nonce();
      assertEquals(ChallengeStatus.OUTSTANDING, store(server).consume(nonce, "a"));
      try (var admin = redis.admin()) {
        store(server).issue("a", MINUTE);
        assertEquals(0, admin.dbSize());
        admin.select(3);
        assertEquals(1, admin.dbSize());
      }
      String message = assertThrows(
              IllegalStateException.class,
              () -> new RedisSequenceStore(server, "other:").raise("a", 1))
          .getMessage();
      assertTrue(message.contains("the user needs +eval"), message);
    }
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws IOException {
    RedisProcess redis = new RedisProcess(directory);
    redis.kill();
    String message = refusal(plain(redis.address()));
    String address = "127.0.0.1:" + redis.port();
    assertEquals("Redis at " + address + ": Failed to connect to " + address + ".", message);
  }

  @Test
  void tlsTrustsOnlyWhatItIsToldAndOnlyUnderTheRightName() throws Exception {
    Path store = directory.resolve("tls.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "redis",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=redis",
        "-ext",
        "san=dns:localhost",
        "-storetype",
        "PKCS12",
        "-storepass",
        new String(PASSWORD),
        "-keystore",
        store.toString());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Path certificate =
        pem("CERTIFICATE", keys.getCertificate("redis").getEncoded(), "certificate.pem");
    Path key = pem("PRIVATE KEY", keys.getKey("redis", PASSWORD).getEncoded(), "key.pem");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("redis", keys.getCertificate("redis"));
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);

    try (RedisProcess redis = new RedisProcess(
        directory,
        "--port",
        "0",
        "--tls-port",
        "PORT",
        "--tls-auth-clients",
        "no",
        "--tls-cert-file",
        certificate.toString(),
        "--tls-key-file",
        key.toString(),
        "--tls-ca-cert-file",
        certificate.toString())) {
      URI right = URI.create("rediss://localhost:" + redis.port());
      try (RedisServer server = RedisServer.at(right).sslContext(context).build()) {
        byte[] nonce = store(server).issue("a", MINUTE).nonce();
        assertEquals(ChallengeStatus.OUTSTANDING, store(server).consume(nonce, "a"));
      }
      String untrusted = refusal(RedisServer.at(right).build());
      assertTrue(untrusted.contains("unable to find valid certification path"), untrusted);
      URI wrong = URI.create("rediss://127.0.0.1:" + redis.port());
      String misnamed = refusal(RedisServer.at(wrong).sslContext(context).build());
      assertTrue(misnamed.contains("No subject alternative names matching"), misnamed);
    }
  }

  private void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("keytool.log").toFile())
        .start();
    assertEquals(0, process.waitFor(), () -> {
      try {
        return Files.readString(directory.resolve("keytool.log"));
      } catch (IOException e) {
        return e.toString();
      }
    });
  }

  private Path pem(String type, byte[] der, String file) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        directory.resolve(file),
        "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
  }
}
