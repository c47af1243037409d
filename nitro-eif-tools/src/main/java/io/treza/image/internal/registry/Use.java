package io.treza.image.internal.registry;

import java.util.List;
import java.util.Optional;

/**
 * What is to be done in a repository, as token services take it (Distribution, "Token Scope
 * Documentation").
 *
 * @param lender another repository of the registry that blobs are to be taken from
 */
record Use(String actions, Optional<String> lender) {
  static Use pull() {
    return new Use("pull", Optional.empty());
  }

  static Use push() {
    return new Use("pull,push", Optional.empty());
  }

  static Use pushBorrowing(String lender) {
    return new Use("pull,push", Optional.of(lender));
  }

  /** No more than is needed, whatever a registry proposes. */
  List<String> scopes(String repository) {
    String own = "repository:" + repository + ":" + actions;
    return lender
        .map(other -> List.of(own, "repository:" + other + ":pull"))
        .orElseGet(() -> List.of(own));
  }
}
