package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Optional;

/**
 * A build stage: FROM and what follows it.
 *
 * @param index counted from 0
 * @param name in lower case
 * @param instructions without FROM, and with what the stage it starts from put off by ONBUILD
 */
record Stage(
    int index,
    Optional<String> name,
    Instruction from,
    Origin origin,
    List<Instruction> instructions) {
  Stage {
    instructions = List.copyOf(instructions);
  }

  /** What messages call it. */
  String title() {
    return name.map(n -> "stage \"" + n + "\"").orElse("stage " + index);
  }
}
