package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.RegistryCredential.IdentityToken;
import io.treza.image.RegistryCredential.Password;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Docker command's rules for credentials. */
class DockerConfigTest {
  private static final String SECRET = "s3cret-hunter2";
  private static final String AUTH =
      Base64.getEncoder().encodeToString(("me:" + SECRET).getBytes(UTF_8));

  @TempDir
  Path dir;

  private Optional<RegistryCredential> find(String registry, String config) throws IOException {
    Files.writeString(dir.resolve("config.json"), config);
    return new DockerConfig(dir, dir.toString()).find(registry, "a/b");
  }

  /** A program that notes what it is asked and answers as {@code body} says. */
  private void helper(String name, String body) throws IOException {
    Requirement.require(Files.isExecutable(Path.of("/bin/sh")), "/bin/sh is not here");
    Path file = dir.resolve("docker-credential-" + name);
    Files.writeString(file, "#!/bin/sh\n{ echo \"$1\"; cat; } > '" + dir + "/asked'\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private void refused(String registry, String config, String part) {
    String message = String.valueOf(
        assertThrows(ImageException.class, () -> find(registry, config)).getMessage());
    assertTrue(message.contains(part), message);
    assertFalse(message.contains(SECRET), message);
    assertFalse(message.contains(AUTH), message);
  }

  @Test
  void noFileIsNoCredential() throws IOException {
    assertEquals(Optional.empty(), new DockerConfig(dir, "").find("docker.io", "a/b"));
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, https://index.docker.io/v1/",
    "docker.io, index.docker.io",
    "reg.example, reg.example",
    "reg.example:5000, reg.example:5000",
    "reg.example, https://reg.example",
    "reg.example, https://reg.example/v1/"
  })
  void entryIsFoundByHost(String registry, String key) throws IOException {
    assertEquals(
        Optional.of(new Password("me", SECRET)),
        find(registry, "{\"auths\":{\"other\":{},\"%s\":{\"auth\":\"%s\"}}}".formatted(key, AUTH)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reg.example:5000", "example", "x.reg.example", "https://docker.io"})
  void entryOfAnotherHostIsNotUsed(String key) throws IOException {
    assertEquals(
        Optional.empty(),
        find("reg.example", "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(key, AUTH)));
  }

  @Test
  void tokensAreTold() throws IOException {
    String auths = "{\"auths\":{\"r.io\":{\"auth\":\"%s\",\"%s\":\"t\"}}}";
    assertEquals(
        Optional.of(new IdentityToken("t")), find("r.io", auths.formatted(AUTH, "identitytoken")));
    assertEquals(
        Optional.of(new RegistryCredential.BearerToken("t")),
        find("r.io", auths.formatted(AUTH, "registrytoken")));
    assertEquals(
        Optional.of(new Password("u", "p")),
        find("r.io", "{\"auths\":{\"r.io\":{\"username\":\"u\",\"password\":\"p\"}}}"));
  }

  @Test
  void helperIsAskedByDockersProtocol() throws IOException {
    helper(
        "desk", "echo '{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"" + SECRET + "\"}'");
    assertEquals(
        Optional.of(new Password("me", SECRET)), find("docker.io", "{\"credsStore\":\"desk\"}"));
    assertEquals("get\nhttps://index.docker.io/v1/", Files.readString(dir.resolve("asked")));
    find("r.io:1", "{\"credsStore\":\"desk\"}");
    assertEquals("get\nr.io:1", Files.readString(dir.resolve("asked")));
  }

  @Test
  void helperMayAnswerWithAnIdentityToken() throws IOException {
    helper("desk", "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
    assertEquals(Optional.of(new IdentityToken("t")), find("r.io", "{\"credsStore\":\"desk\"}"));
  }

  @Test
  void helperOfTheRegistryComesBeforeTheStore() throws IOException {
    helper("one", "echo '{\"Username\":\"one\",\"Secret\":\"\"}'");
    String config = "{\"credHelpers\":{\"r.io\":\"one\"},\"credsStore\":\"absent\"}";
    assertEquals(Optional.of(new Password("one", "")), find("r.io", config));
    refused("other.io", config, "docker-credential-absent");
  }

  @Test
  void helperThatKnowsNothingMeansAnonymous() throws IOException {
    helper("desk", "echo 'credentials not found in native keychain'; exit 1");
    String config =
        "{\"credsStore\":\"desk\",\"auths\":{\"r.io\":{\"auth\":\"%s\"}}}".formatted(AUTH);
    assertEquals(Optional.empty(), find("r.io", config));
  }

  @Test
  void helperThatFailsIsNamedWithoutItsOutput() throws IOException {
    helper("desk", "echo '" + SECRET + "'; exit 3");
    refused("r.io", "{\"credsStore\":\"desk\"}", "docker-credential-desk: exit status 3 for r.io");
    helper("desk", "echo 'password is " + SECRET + "'");
    refused("r.io", "{\"credsStore\":\"desk\"}", "docker-credential-desk: not well-formed JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil", "a/b", "-x", "a b"})
  void helperIsAProgramOnThePath(String name) {
    refused("r.io", "{\"credsStore\":\"%s\"}".formatted(name), "names no credential helper");
  }

  @Test
  void brokenFileIsNamedWithoutItsContent() {
    refused("r.io", "{\"auths\":{\"r.io\":{\"auth\":" + SECRET + "}}}", "not well-formed JSON");
    refused("r.io", "{\"auths\":{\"r.io\":{\"auth\":\"%%%\"}}}", "auth is not base64");
    refused("r.io", "{\"auths\":{\"r.io\":{\"auth\":\"bm90aGluZw==\"}}}", "not user:password");
    refused("r.io", "{\"auths\":[\"" + SECRET + "\"]}", "auths: expected an object");
  }

  @Test
  void credentialsDoNotShowInText() {
    assertFalse(new Password("me", SECRET).toString().contains(SECRET));
    assertFalse(new IdentityToken(SECRET).toString().contains(SECRET));
    assertFalse(new RegistryCredential.BearerToken(SECRET).toString().contains(SECRET));
  }
}
