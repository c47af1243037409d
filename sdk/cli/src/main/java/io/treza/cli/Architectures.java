package io.treza.cli;

import io.treza.eif.Architecture;
import java.util.Arrays;

/** Reads the processor that an option {@code --arch} names. */
final class Architectures {
  private Architectures() {}

  static Architecture parse(String name) {
    return Arrays.stream(Architecture.values())
        .filter(a -> a.kernelName().equals(name))
        .findFirst()
        .orElseThrow(() -> new Unusable("--arch must be x86_64 or aarch64, not \"" + name + "\""));
  }
}
