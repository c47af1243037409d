package io.treza.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.internal.registry.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A registry and a file server whose certificate is of an authority of one's own, reached through
 * the proxy that the environment names.
 */
class PrivateAuthorityTest {
  private static final String PASSWORD = "changeit";
  private static final TestImage IMAGE =
      TestImage.of(new Tar().file("etc/motd", "hello").bytes());
  private static final byte[] FILE = "a file".getBytes(UTF_8);

  @TempDir
  static Path shared;

  private static ScriptedServer server;

  @TempDir
  Path dir;

  @BeforeAll
  static void start() throws Exception {
    keytool("-genkeypair -alias ca -keystore ca.p12 -dname CN=authority -keyalg EC -ext bc:c");
    keytool("-exportcert -rfc -alias ca -keystore ca.p12 -file ca.pem");
    keytool("-genkeypair -alias a -keystore server.p12 -dname CN=server -keyalg EC");
    keytool("-certreq -alias a -keystore server.p12 -file request");
    keytool("-gencert -rfc -alias ca -keystore ca.p12 -infile request -outfile a.pem"
        + " -ext san=dns:registry.example,dns:files.example");
    keytool("-importcert -noprompt -alias ca -keystore server.p12 -file ca.pem");
    keytool("-importcert -noprompt -alias a -keystore server.p12 -file a.pem");
    keytool("-importcert -noprompt -alias ca -keystore trust.p12 -file ca.pem");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(shared.resolve("server.p12"))) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    server = new ScriptedServer(tls).serve(IMAGE).on("/blobs.tar", FILE);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static void keytool(String arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(Arrays.asList(arguments.split(" ")));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    run(new ProcessBuilder(command).directory(shared.toFile()), shared);
  }

  private static String run(ProcessBuilder process, Path work)
      throws IOException, InterruptedException {
    Path errors = work.resolve("errors");
    Process started = process.redirectError(errors.toFile()).start();
    String said = new String(started.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, started.waitFor(), () -> process.command() + said + read(errors));
    return said;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private String fetch(String what, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of(
        "-cp",
        System.getProperty("java.class.path"),
        FetchInChild.class.getName(),
        what,
        dir.toString()));
    ProcessBuilder process = new ProcessBuilder(command);
    process
        .environment()
        .keySet()
        .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
    process.environment().putAll(environment);
    return run(process, dir);
  }

  private static String[] trusting() {
    return new String[] {
      "-Djavax.net.ssl.trustStore=" + shared.resolve("trust.p12"),
      "-Djavax.net.ssl.trustStorePassword=" + PASSWORD
    };
  }

  @Test
  void registryIsTrustedByTheJvmsTrustStoreAndReachedThroughTheProxy() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(server.port(), "")) {
      assertEquals(
          TestImage.digest(IMAGE.config()),
          fetch(
              "registry.example/shop/app:1",
              Map.of("HTTPS_PROXY", "http://" + proxy.address()),
              trusting()));
      assertEquals(Set.of("registry.example:443"), Set.copyOf(proxy.asked));
    }
  }

  @Test
  void fileIsDownloadedThroughTheProxyThatWantsAPassword() throws Exception {
    String basic = "Basic " + Base64.getEncoder().encodeToString("me:s3cret".getBytes(UTF_8));
    try (ConnectProxy proxy = new ConnectProxy(server.port(), basic)) {
      assertEquals(
          "downloaded",
          fetch(
              "https://files.example/blobs.tar",
              Map.of("https_proxy", "http://me:s3cret@" + proxy.address()),
              trusting()));
      assertArrayEquals(FILE, Files.readAllBytes(dir.resolve("file")));
      assertEquals(Set.of("files.example:443"), Set.copyOf(proxy.asked));
    }
  }

  @Test
  void authorityThatIsNotTrustedIsRefusedAndTheWayOutNamed() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(server.port(), "")) {
      String said =
          fetch("registry.example/shop/app:1", Map.of("HTTPS_PROXY", "http://" + proxy.address()));
      assertTrue(said.startsWith("registry.example/shop/app: manifest 1: "), said);
      assertTrue(said.contains("javax.net.ssl.trustStore"), said);
    }
  }

  /** The certificate names two hosts, and this is not one of them. */
  @Test
  void certificateOfAnotherHostIsRefused() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(server.port(), "")) {
      String said = fetch(
          "https://other.example/blobs.tar",
          Map.of("HTTPS_PROXY", "http://" + proxy.address()),
          trusting());
      assertTrue(said.contains("other.example not verified"), said);
    }
  }

  @Test
  void proxyThatWantsAPasswordIsAskedOnce() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(server.port(), "Basic x")) {
      String said = fetch(
          "https://files.example/blobs.tar", Map.of("HTTPS_PROXY", "http://" + proxy.address()));
      assertTrue(said.startsWith("the proxy wants a user and password; write them into"), said);
      String refused = fetch(
          "https://files.example/blobs.tar",
          Map.of("HTTPS_PROXY", "http://me:wrong@" + proxy.address()));
      assertEquals("the proxy refuses the user and password in HTTPS_PROXY", refused);
      assertEquals(2, proxy.asked.size());
    }
  }

  @Test
  void variableThatIsNoProxyIsRefused() throws Exception {
    String said = fetch("https://files.example/x", Map.of("HTTPS_PROXY", "socks5://localhost:1"));
    assertTrue(said.startsWith("HTTPS_PROXY: not the address of a proxy over HTTP"), said);
  }
}
