package io.treza.aws.internal.ec2;

import java.io.IOException;

/**
 * One step of a launch. Both of its actions may be repeated: performing what is done, and undoing
 * what was never done, changes nothing.
 */
record Step(String name, Action perform, Action undo) {
  /** What is done or undone. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException, InterruptedException;
  }

  /** One that leaves nothing behind. */
  static Step of(String name, Action perform) {
    return new Step(name, perform, () -> {});
  }
}
