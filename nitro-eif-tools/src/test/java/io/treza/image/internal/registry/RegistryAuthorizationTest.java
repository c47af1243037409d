package io.treza.image.internal.registry;

import static io.treza.image.internal.registry.RegistryFixture.LAYER;
import static io.treza.image.internal.registry.RegistryFixture.LAYER_DIGEST;
import static io.treza.image.internal.registry.RegistryFixture.SECRET;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.TestImage;
import io.treza.image.internal.registry.ScriptedServer.Asked;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is shown which credential, along redirects and challenges. */
class RegistryAuthorizationTest {
  @TempDir
  Path dir;

  private RegistryFixture registry;

  @BeforeEach
  void start() throws IOException {
    registry = new RegistryFixture(dir);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void redirectElsewhereIsFollowedWithoutCredentials() throws IOException {
    registry.requireBasic();
    registry.credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    String elsewhere = "http://127.0.0.1:" + registry.server.port() + "/storage?signature=x";
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 307, "Location", elsewhere));
    registry.server.on("/storage", TestImage.gzip(LAYER));
    registry.pull();
    for (Asked asked : registry.server.asked) {
      if (asked.host().startsWith("127.")) {
        assertEquals("null", asked.authorization());
      }
    }
    assertEquals(1, registry.server.count("/storage?signature=x"));
  }

  @Test
  void redirectOnTheSameServerKeepsCredentials() throws IOException {
    registry.requireBasic();
    registry.credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    registry.blob((exchange, n) -> ScriptedServer.send(exchange, 302, "Location", "/storage"));
    registry.server.on("/storage", TestImage.gzip(LAYER));
    registry.pull();
    Asked last = registry.server.asked.get(registry.server.asked.size() - 1);
    assertEquals("/storage", last.uri());
    assertTrue(last.authorization().startsWith("Basic "));
  }

  @Test
  void endlessRedirectIsRefused() throws IOException {
    registry.blob((exchange, n) ->
        ScriptedServer.send(exchange, 302, "Location", ScriptedServer.blob(LAYER_DIGEST)));
    registry.refused("more than 5 redirects");
  }

  @Test
  void basicChallengeIsAnswered() throws IOException {
    registry.requireBasic();
    registry.refused("access denied", "docker login " + registry.server.registry());
    registry.credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    registry.pull();
  }

  @Test
  void wrongPasswordIsRefusedWithoutShowingIt() {
    registry.requireBasic();
    registry.credential = Optional.of(new RegistryCredential.Password("me", "other-" + SECRET));
    String message =
        String.valueOf(assertThrows(ImageException.class, registry::pull).getMessage());
    assertTrue(message.contains("access denied"), message);
    assertFalse(message.contains(SECRET), message);
  }

  @Test
  void tokenIsHadAnonymouslyForReadingThisRepositoryOnly() throws IOException {
    registry.requireToken();
    registry.pull();
    assertEquals(
        "/token?scope=repository%3Ashop%2Fapp%3Apull&service=the%20registry",
        registry.askedForToken().uri());
    assertEquals("null", registry.askedForToken().authorization());
    assertEquals(
        1,
        registry.server.asked.stream().filter(a -> a.uri().startsWith("/token")).count());
  }

  @Test
  void tokenIsHadForAPassword() throws IOException {
    registry.requireToken();
    registry.credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    registry.pull();
    assertEquals("Basic bWU6czNjcmV0LWh1bnRlcjI=", registry.askedForToken().authorization());
  }

  @Test
  void tokenIsHadForAnIdentityToken() throws IOException {
    registry.requireToken();
    registry.server.on("/token", "{\"access_token\":\"t0ken\"}".getBytes(UTF_8));
    registry.credential = Optional.of(new RegistryCredential.IdentityToken(SECRET));
    registry.pull();
    assertEquals("POST", registry.askedForToken().method());
    assertEquals(
        "grant_type=refresh_token&refresh_token=" + SECRET
            + "&client_id=treza&service=the+registry&scope=repository%3Ashop%2Fapp%3Apull",
        registry.askedForToken().body());
  }

  @Test
  void readyTokenIsUsedAsItIs() throws IOException {
    registry.requireToken();
    registry.credential = Optional.of(new RegistryCredential.BearerToken("t0ken"));
    registry.pull();
    assertEquals(
        0,
        registry.server.asked.stream().filter(a -> a.uri().startsWith("/token")).count());
  }

  @Test
  void tokenThatBreaksTheHeaderIsRefusedWithoutShowingIt() {
    registry.requireToken();
    registry.server.on("/token", "{\"token\":\"secret\\r\\nX: y\"}".getBytes(UTF_8));
    String message =
        String.valueOf(assertThrows(ImageException.class, registry::pull).getMessage());
    assertTrue(message.contains("no token that fits"), message);
    assertFalse(message.contains("secret"), message);
  }

  @Test
  void tokenServiceThatRefusesIsNamed() throws IOException {
    registry.requireToken();
    registry.server.on("/token", (exchange, n) -> ScriptedServer.send(exchange, 401, new byte[0]));
    registry.refused("token service localhost", "log in again");
  }

  @Test
  void tokenServiceInPlainHttpElsewhereIsRefused() throws IOException {
    registry.guard("Bearer realm=\"http://tokens.example/\",service=\"x\"", "never");
    registry.credential = Optional.of(new RegistryCredential.Password("me", SECRET));
    registry.refused("tokens.example is not reached by TLS");
  }

  @Test
  void challengeThatNamesNoServiceIsRefused() throws IOException {
    registry.guard("Bearer realm=\"nowhere\"", "never");
    registry.refused("names no usable token service");
  }
}
