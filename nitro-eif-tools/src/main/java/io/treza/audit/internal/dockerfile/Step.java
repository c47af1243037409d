package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Set;

/**
 * An instruction as it is carried out in its stage.
 *
 * @param args with variables expanded, where BuildKit expands them
 * @param unset variables of the arguments with neither value nor default
 * @param commands of a RUN, in its heredocs too
 * @param origins that COPY or RUN takes files from, other than the build context
 */
record Step(
    Instruction instruction,
    Stage stage,
    List<String> args,
    Set<String> unset,
    List<ShellScript.Command> commands,
    List<Origin> origins) {
  Step {
    args = List.copyOf(args);
    unset = Set.copyOf(unset);
    commands = List.copyOf(commands);
    origins = List.copyOf(origins);
  }

  boolean is(String keyword) {
    return instruction.is(keyword);
  }

  int line() {
    return instruction.line();
  }
}
