package io.treza.audit.internal.dockerfile;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A Dockerfile, and what a build would be given beside it.
 *
 * @param dockerfile the file
 * @param context the directory that would be the build context; without it nothing is known of it
 * @param buildArgs as with {@code --build-arg}
 * @param target as with {@code --target}; without it the last stage is built
 * @param namedContexts names as with {@code --build-context}
 */
public record BuildInput(
    Path dockerfile,
    Optional<Path> context,
    Map<String, String> buildArgs,
    Optional<String> target,
    Set<String> namedContexts) {
  public BuildInput {
    buildArgs = Map.copyOf(buildArgs);
    namedContexts = Set.copyOf(namedContexts);
  }

  /** A Dockerfile, and nothing else. */
  public static BuildInput of(Path dockerfile) {
    return new BuildInput(dockerfile, Optional.empty(), Map.of(), Optional.empty(), Set.of());
  }

  public BuildInput withContext(Path directory) {
    return new BuildInput(dockerfile, Optional.of(directory), buildArgs, target, namedContexts);
  }

  public BuildInput withBuildArgs(Map<String, String> args) {
    return new BuildInput(dockerfile, context, args, target, namedContexts);
  }

  public BuildInput withTarget(String stage) {
    return new BuildInput(dockerfile, context, buildArgs, Optional.of(stage), namedContexts);
  }

  public BuildInput withNamedContexts(Set<String> names) {
    return new BuildInput(dockerfile, context, buildArgs, target, names);
  }
}
