package io.treza.image;

import io.treza.image.internal.registry.ContainersAuth;
import io.treza.image.internal.registry.DockerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where the credentials for a repository of a registry come from. */
@FunctionalInterface
public interface CredentialSource {
  /**
   * The credential for a repository, if there is one.
   *
   * @param registry host, or host and port; Docker Hub is {@code docker.io}
   * @param repository the path within it, such as {@code library/alpine}
   * @throws IOException if it cannot be had, with a message free of secrets
   */
  Optional<RegistryCredential> find(String registry, String repository) throws IOException;

  /** These, and where they have none, those of {@code next}. */
  default CredentialSource or(CredentialSource next) {
    return (registry, repository) -> {
      Optional<RegistryCredential> found = find(registry, repository);
      return found.isPresent() ? found : next.find(registry, repository);
    };
  }

  /** Those of the Docker command: {@code $DOCKER_CONFIG}, else {@code .docker} in the home. */
  static CredentialSource docker() {
    String directory = System.getenv("DOCKER_CONFIG");
    return docker(
        directory == null || directory.isEmpty() ? home().resolve(".docker") : Path.of(directory));
  }

  /**
   * Those in the {@code config.json} of {@code directory}, if it is there: {@code auths}, and the
   * programs that {@code credsStore} and {@code credHelpers} name.
   */
  static CredentialSource docker(Path directory) {
    return new DockerConfig(directory, System.getenv().getOrDefault("PATH", ""));
  }

  /**
   * Those of podman, buildah and skopeo: {@code $REGISTRY_AUTH_FILE}, which must then be there; else
   * {@code containers/auth.json} in {@code $XDG_RUNTIME_DIR} and in {@code $XDG_CONFIG_HOME}, which
   * is {@code .config} in the home unless set. Entries may be for one repository.
   */
  static CredentialSource containers() {
    return ContainersAuth.of(System.getenv(), home());
  }

  /** None: registries are used anonymously. */
  static CredentialSource none() {
    return (registry, repository) -> Optional.empty();
  }

  private static Path home() {
    return Path.of(System.getProperty("user.home"));
  }
}
