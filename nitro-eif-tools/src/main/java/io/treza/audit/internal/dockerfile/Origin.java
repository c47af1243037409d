package io.treza.audit.internal.dockerfile;

import java.util.Set;

/** Where a stage starts from, or files are copied or mounted from. */
sealed interface Origin {
  /** Docker's empty image. */
  record Scratch() implements Origin {}

  /** Another stage of the same file. */
  record OfStage(int index) implements Origin {}

  /**
   * An image from outside the build.
   *
   * @param reference with its variables expanded
   * @param unset variables in it that have neither value nor default
   */
  record Image(String reference, Set<String> unset) implements Origin {
    public Image {
      unset = Set.copyOf(unset);
    }
  }

  /** A further build context, given to the build under this name. */
  record NamedContext(String name) implements Origin {}
}
