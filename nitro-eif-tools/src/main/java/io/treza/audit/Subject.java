package io.treza.audit;

import java.util.Optional;

/** What was audited. */
public sealed interface Subject {
  /**
   * A container image, with what was said about its making and its deployment.
   *
   * @param name as the caller gave it
   * @param configDigest what Docker calls the image id, {@code sha256:...}
   * @param manifestDigest by which registries know it, where there is a manifest
   */
  record Image(String name, String configDigest, Optional<String> manifestDigest)
      implements Subject {}

  /** The image a Dockerfile would make, which was not seen. */
  record DockerfileOnly(String file) implements Subject {}

  /** Reports of a scanner, about an image that was not seen. */
  record ReportsOnly(String file) implements Subject {}

  /**
   * A Kubernetes workload.
   *
   * @param file as the caller named it
   * @param kind such as {@code Deployment}
   * @param namespace as the manifest states it
   */
  record Workload(String file, String kind, Optional<String> namespace, String name)
      implements Subject {}
}
