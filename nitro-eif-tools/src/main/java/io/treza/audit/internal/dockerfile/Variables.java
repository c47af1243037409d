package io.treza.audit.internal.dockerfile;

import java.util.Optional;

/** The values of variables at some place of a Dockerfile. */
@FunctionalInterface
interface Variables {
  Variables NONE = name -> Optional.empty();

  Optional<String> get(String name);
}
