package io.treza.image.internal.registry;

import io.treza.image.CredentialSource;
import io.treza.image.ImageException;
import io.treza.image.RegistryCredential;
import io.treza.image.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The credentials of podman, buildah and skopeo (containers-auth.json(5)): in each file the entry of
 * the repository, else of what it is in, at last of the registry; else the registry's helper.
 *
 * @param files those to look into, in their order; one that is missing is passed over
 * @param searchPath where helpers are looked for, as in {@code $PATH}
 */
public record ContainersAuth(List<Path> files, String searchPath) implements CredentialSource {
  private static final String FILE = "REGISTRY_AUTH_FILE";

  public ContainersAuth {
    files = List.copyOf(files);
  }

  /**
   * With the files that an environment names.
   *
   * @param home the user's directory
   */
  public static CredentialSource of(Map<String, String> environment, Path home) {
    String searchPath = environment.getOrDefault("PATH", "");
    String override = environment.getOrDefault(FILE, "");
    if (!override.isEmpty()) {
      ContainersAuth only = new ContainersAuth(List.of(Path.of(override)), searchPath);
      return (registry, repository) -> {
        // What is asked for by name is meant to be there.
        if (!Files.exists(Path.of(override))) {
          throw new ImageException(FILE + ": " + override + " does not exist");
        }
        return only.find(registry, repository);
      };
    }
    List<Path> files = new ArrayList<>();
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!runtime.isEmpty()) {
      files.add(Path.of(runtime, "containers", "auth.json"));
    }
    String config = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path configHome = config.isEmpty() ? home.resolve(".config") : Path.of(config);
    files.add(configHome.resolve("containers").resolve("auth.json"));
    return new ContainersAuth(files, searchPath);
  }

  @Override
  public Optional<RegistryCredential> find(String registry, String repository) throws IOException {
    for (Path file : files) {
      Optional<Json> config = DockerConfig.read(file);
      if (config.isPresent()) {
        Optional<RegistryCredential> found = find(config.get(), registry, repository);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<RegistryCredential> find(Json config, String registry, String repository)
      throws IOException {
    Json auths = config.get("auths");
    String key = registry + "/" + repository;
    while (true) {
      Json entry = auths.get(key);
      if (!entry.absent()) {
        return DockerConfig.credential(entry);
      }
      if (key.equals(registry)) {
        break;
      }
      key = key.substring(0, key.lastIndexOf('/'));
    }
    String helper = config.get("credHelpers").get(registry).stringOr("");
    return helper.isEmpty()
        ? Optional.empty()
        : new CredentialHelper(helper, searchPath).get(registry);
  }
}
