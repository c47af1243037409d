package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An instruction as it is carried out in its stage.
 *
 * @param args with variables expanded, where BuildKit expands them
 * @param unset variables of the arguments with neither value nor default
 * @param values of the variables that a RUN mentions
 * @param origins that COPY or RUN takes files from, other than the build context
 */
record Step(
    Instruction instruction,
    Stage stage,
    List<String> args,
    Set<String> unset,
    Map<String, String> values,
    List<Origin> origins) {
  Step {
    args = List.copyOf(args);
    unset = Set.copyOf(unset);
    values = Map.copyOf(values);
    origins = List.copyOf(origins);
  }

  boolean is(String keyword) {
    return instruction.is(keyword);
  }

  int line() {
    return instruction.line();
  }
}
