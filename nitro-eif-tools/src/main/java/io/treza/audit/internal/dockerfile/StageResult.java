package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a stage comes to: its steps, and the configuration it leaves. What is empty was set neither
 * in the stage nor in those it starts from.
 */
record StageResult(
    List<Step> steps,
    Environment environment,
    Optional<Setting> user,
    Optional<Setting> workdir,
    Optional<Command> entrypoint,
    Optional<Command> cmd,
    List<String> shell) {
  StageResult {
    steps = List.copyOf(steps);
    shell = List.copyOf(shell);
  }

  /**
   * A value and where it was set.
   *
   * @param unset variables in it with neither value nor default
   */
  record Setting(String value, Set<String> unset, int line) {}

  /**
   * ENTRYPOINT or CMD.
   *
   * @param argv with the shell before it, if it was not written as JSON
   */
  record Command(List<String> argv, boolean shellForm, int line) {
    public Command {
      argv = List.copyOf(argv);
    }
  }
}
