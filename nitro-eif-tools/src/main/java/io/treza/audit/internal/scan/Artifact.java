package io.treza.audit.internal.scan;

import java.util.List;
import java.util.Optional;

/**
 * What a scanner says it looked at.
 *
 * @param name as it was told
 * @param imageId {@code sha256:} digest of the configuration
 * @param digests of manifests, {@code sha256:...}
 * @param diffIds of the layers, lowest first
 */
record Artifact(
    Kind kind, String name, Optional<String> imageId, List<String> digests, List<String> diffIds) {
  enum Kind {
    IMAGE,
    /** Files: a directory, a repository, a list of packages. */
    FILES,
    UNKNOWN
  }

  Artifact {
    digests = List.copyOf(digests);
    diffIds = List.copyOf(diffIds);
  }

  static Artifact unknown() {
    return new Artifact(Kind.UNKNOWN, "", Optional.empty(), List.of(), List.of());
  }
}
