package io.treza.image;

import io.treza.image.internal.registry.DockerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where the credentials for a registry come from. */
@FunctionalInterface
public interface CredentialSource {
  /**
   * The credential for a registry, if there is one.
   *
   * @param registry host, or host and port; Docker Hub is {@code docker.io}
   * @throws IOException if it cannot be had, with a message free of secrets
   */
  Optional<RegistryCredential> find(String registry) throws IOException;

  /** Those of the Docker command: {@code $DOCKER_CONFIG}, else {@code .docker} in the home. */
  static CredentialSource docker() {
    String directory = System.getenv("DOCKER_CONFIG");
    return docker(
        directory == null || directory.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".docker")
            : Path.of(directory));
  }

  /**
   * Those in the {@code config.json} of {@code directory}, if it is there: {@code auths}, and the
   * programs that {@code credsStore} and {@code credHelpers} name.
   */
  static CredentialSource docker(Path directory) {
    String searchPath = System.getenv("PATH");
    return new DockerConfig(directory, searchPath == null ? "" : searchPath);
  }

  /** None: registries are used anonymously. */
  static CredentialSource none() {
    return registry -> Optional.empty();
  }
}
