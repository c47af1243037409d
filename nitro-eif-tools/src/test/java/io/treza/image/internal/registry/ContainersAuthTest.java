package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.CredentialSource;
import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.RegistryCredential.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** podman's rules for credentials. */
class ContainersAuthTest {
  @TempDir
  Path dir;

  /** A file where each key has a user of its own name. */
  private Path write(String file, String... keys) throws IOException {
    StringBuilder auths = new StringBuilder();
    for (String key : keys) {
      String auth =
          Base64.getEncoder().encodeToString((key.replace(":", "_") + ":secret").getBytes(UTF_8));
      auths
          .append(auths.isEmpty() ? "" : ",")
          .append("\"" + key + "\":{\"auth\":\"" + auth + "\"}");
    }
    Path path = dir.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, "{\"auths\":{" + auths + "}}");
  }

  private String user(Map<String, String> environment, String registry, String repository)
      throws IOException {
    Optional<RegistryCredential> found =
        ContainersAuth.of(environment, dir.resolve("home")).find(registry, repository);
    return found.isPresent() && found.get() instanceof Password p ? p.user() : "none";
  }

  @ParameterizedTest
  @CsvSource({
    "quay.io, shop/app, quay.io/shop/app",
    "quay.io, shop/other, quay.io/shop",
    "quay.io, shop/app/deep, quay.io/shop/app",
    "quay.io, shopping/app, quay.io",
    "docker.io, library/alpine, docker.io",
    "localhost:5000, a, localhost_5000",
    "ghcr.io, shop/app, none",
  })
  void entryOfWhatIsNearestCounts(String registry, String repository, String user)
      throws IOException {
    write(
        "home/.config/containers/auth.json",
        "quay.io",
        "quay.io/shop",
        "quay.io/shop/app",
        "docker.io",
        "localhost:5000");
    assertEquals(user, user(Map.of(), registry, repository));
  }

  @Test
  void filesAreReadInTheirOrder() throws IOException {
    write("home/.config/containers/auth.json", "c.io");
    write("config/containers/auth.json", "a.io/x", "b.io");
    write("run/containers/auth.json", "a.io");
    Map<String, String> environment = Map.of(
        "XDG_RUNTIME_DIR", dir.resolve("run").toString(),
        "XDG_CONFIG_HOME", dir.resolve("config").toString());
    assertEquals("a.io", user(environment, "a.io", "x"));
    assertEquals("b.io", user(environment, "b.io", "x"));
    assertEquals("none", user(environment, "c.io", "x"));
    assertEquals("c.io", user(Map.of(), "c.io", "x"));
  }

  @Test
  void fileThatIsNamedIsTheOnlyOneAndMustBeThere() throws IOException {
    write("home/.config/containers/auth.json", "a.io");
    Path named = write("named.json", "b.io");
    assertEquals("b.io", user(Map.of("REGISTRY_AUTH_FILE", named.toString()), "b.io", "x"));
    assertEquals("none", user(Map.of("REGISTRY_AUTH_FILE", named.toString()), "a.io", "x"));
    Map<String, String> missing =
        Map.of("REGISTRY_AUTH_FILE", dir.resolve("typo").toString());
    String message = String.valueOf(
        assertThrows(ImageException.class, () -> user(missing, "a.io", "x")).getMessage());
    assertTrue(message.startsWith("REGISTRY_AUTH_FILE: "), message);
    assertTrue(message.endsWith("typo does not exist"), message);
  }

  @Test
  void brokenFileIsNamedWithoutItsContent() throws IOException {
    Path file = Files.writeString(dir.resolve("auth.json"), "{\"auths\": hunter2}");
    String message = String.valueOf(assertThrows(
            ImageException.class,
            () -> user(Map.of("REGISTRY_AUTH_FILE", file.toString()), "a.io", "x"))
        .getMessage());
    assertEquals(file + ": not well-formed JSON", message);
    assertFalse(message.contains("hunter2"));
  }

  @Test
  void helperOfTheRegistryIsAskedWhereNoEntryFits() throws IOException {
    Path file = Files.writeString(
        dir.resolve("auth.json"), "{\"credHelpers\":{\"a.io\":\"absent\"},\"auths\":{}}");
    String message = String.valueOf(assertThrows(
            ImageException.class,
            () -> user(Map.of("REGISTRY_AUTH_FILE", file.toString()), "a.io", "x"))
        .getMessage());
    assertTrue(message.contains("docker-credential-absent"), message);
  }

  @Test
  void oneSourceComesAfterTheOther() throws IOException {
    CredentialSource first = (registry, repository) ->
        registry.equals("a.io") ? Optional.of(new Password("first", "")) : Optional.empty();
    CredentialSource both =
        first.or((registry, repository) -> Optional.of(new Password("second", "")));
    assertEquals(Optional.of(new Password("first", "")), both.find("a.io", "x"));
    assertEquals(Optional.of(new Password("second", "")), both.find("b.io", "x"));
  }
}
