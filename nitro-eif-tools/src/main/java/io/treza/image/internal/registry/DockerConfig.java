package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.CredentialSource;
import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * The credentials of the Docker command, in its {@code config.json}: a helper for the registry
 * ({@code credHelpers}), else the store for all ({@code credsStore}), else {@code auths}, in the
 * Docker command's order and with its rule that only the first of them is asked.
 *
 * @param directory where {@code config.json} is, if it is there
 * @param searchPath where helpers are looked for, as in {@code $PATH}
 */
public record DockerConfig(Path directory, String searchPath) implements CredentialSource {
  private static final int MAX_BYTES = 1 << 20;
  private static final String HUB = "docker.io";
  private static final String HUB_KEY = "https://index.docker.io/v1/";

  @Override
  public Optional<RegistryCredential> find(String registry, String repository) throws IOException {
    Optional<Json> present = read(directory.resolve("config.json"));
    if (present.isEmpty()) {
      return Optional.empty();
    }
    Json config = present.get();
    String key = registry.equals(HUB) ? HUB_KEY : registry;
    String helper = config.get("credHelpers").get(key).stringOr("");
    if (helper.isEmpty()) {
      helper = config.get("credsStore").stringOr("");
    }
    return helper.isEmpty()
        ? inFile(config.get("auths"), key)
        : new CredentialHelper(helper, searchPath).get(key);
  }

  /** A file of credentials, if it is there. */
  static Optional<Json> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new ImageException(file + ": over 1 MiB, which no file of credentials is");
    }
    return Optional.of(parse(Files.readAllBytes(file), file.toString()));
  }

  /** A parser's message quotes what it met, which may be a password. */
  static Json parse(byte[] bytes, String place) throws IOException {
    try {
      return Json.parse(bytes, place);
    } catch (ImageException e) {
      throw new ImageException(place + ": not well-formed JSON");
    }
  }

  private static Optional<RegistryCredential> inFile(Json auths, String key) throws IOException {
    Json exact = auths.get(key);
    if (!exact.absent()) {
      return credential(exact);
    }
    if (!auths.absent()) {
      // Old entries are whole addresses, "https://host/v1/".
      for (Map.Entry<String, ?> entry : auths.node().properties()) {
        if (host(entry.getKey()).equals(host(key))) {
          return credential(auths.get(entry.getKey()));
        }
      }
    }
    return Optional.empty();
  }

  private static String host(String address) {
    String rest = address.replaceFirst("^https?://", "");
    int slash = rest.indexOf('/');
    return slash < 0 ? rest : rest.substring(0, slash);
  }

  /** What one entry of {@code auths} says. */
  static Optional<RegistryCredential> credential(Json entry) throws IOException {
    String identityToken = entry.get("identitytoken").stringOr("");
    if (!identityToken.isEmpty()) {
      return Optional.of(new RegistryCredential.IdentityToken(identityToken));
    }
    String registryToken = entry.get("registrytoken").stringOr("");
    if (!registryToken.isEmpty()) {
      return Optional.of(new RegistryCredential.BearerToken(registryToken));
    }
    String auth = entry.get("auth").stringOr("");
    if (auth.isEmpty()) {
      String user = entry.get("username").stringOr("");
      return user.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new RegistryCredential.Password(user, entry.get("password").stringOr("")));
    }
    return Optional.of(decode(auth, entry.place()));
  }

  private static RegistryCredential decode(String auth, String place) throws ImageException {
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(auth), UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ImageException(place + ": auth is not base64; log in again");
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw new ImageException(place + ": auth is not user:password; log in again");
    }
    // Old versions of Docker padded with NUL.
    return new RegistryCredential.Password(
        pair.substring(0, colon), pair.substring(colon + 1).replaceFirst("\0+$", ""));
  }
}
