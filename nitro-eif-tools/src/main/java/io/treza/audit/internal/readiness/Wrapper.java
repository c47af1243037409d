package io.treza.audit.internal.readiness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A program that does a little and then starts the one its arguments name.
 *
 * @param optionsWithValue options whose value is the next argument
 * @param operands how many arguments come before the program's name
 */
record Wrapper(Set<String> optionsWithValue, int operands) {
  private static final Wrapper TINI = new Wrapper(Set.of("-e", "-p"), 0);
  private static final Map<String, Wrapper> KNOWN = Map.of(
      "tini", TINI,
      "tini-static", TINI,
      "dumb-init", new Wrapper(Set.of("-r", "--rewrite"), 0),
      "catatonit", new Wrapper(Set.of(), 0),
      "gosu", new Wrapper(Set.of(), 1),
      "su-exec", new Wrapper(Set.of(), 1));

  /** What the command starts in the end; empty if it is no wrapper, no items if it starts none. */
  static Optional<List<String>> started(List<String> argv) {
    if (isEnv(argv.get(0))) {
      return Optional.of(afterEnv(argv));
    }
    Wrapper wrapper = KNOWN.get(name(argv.get(0)));
    return Optional.ofNullable(wrapper).map(w -> w.rest(argv));
  }

  static boolean isEnv(String program) {
    return name(program).equals("env");
  }

  /**
   * The items env makes of the one argument that a script's first line gives it; none if it takes
   * all of it for the name of a program, which cannot be meant.
   */
  static List<String> env(String argument) {
    if (argument.startsWith("-S") || argument.startsWith("--split-string=")) {
      String line = argument.replaceFirst("^(?:-S|--split-string=)[ \t]*", "");
      return line.isEmpty() ? List.of() : List.of(line.split("[ \t]+"));
    }
    boolean one =
        !argument.startsWith("-") && argument.indexOf(' ') < 0 && argument.indexOf('\t') < 0;
    return one ? List.of(argument) : List.of();
  }

  /** The operands of env (POSIX.1-2017, "env"; -S and -u of coreutils and BSD). */
  private static List<String> afterEnv(List<String> argv) {
    List<String> left = new ArrayList<>(argv.subList(1, argv.size()));
    while (!left.isEmpty()) {
      String first = left.get(0);
      if (first.startsWith("-S") || first.startsWith("--split-string=")) {
        boolean alone = first.equals("-S") && left.size() > 1;
        List<String> split = env(alone ? "-S" + left.get(1) : first);
        left.subList(0, alone ? 2 : 1).clear();
        left.addAll(0, split);
      } else if (first.equals("-u") || first.equals("-C")) {
        left.subList(0, Math.min(2, left.size())).clear();
      } else if (first.startsWith("-") || first.indexOf('=') > 0) {
        left.remove(0);
      } else {
        break;
      }
    }
    return List.copyOf(left);
  }

  private List<String> rest(List<String> argv) {
    int at = 1;
    while (at < argv.size() && argv.get(at).startsWith("-")) {
      String option = argv.get(at++);
      if (option.equals("--")) {
        break;
      } else if (optionsWithValue.contains(option)) {
        at++;
      }
    }
    return argv.subList(Math.min(argv.size(), at + operands), argv.size());
  }

  /** A program's name without its directory. */
  static String name(String program) {
    return program.substring(program.lastIndexOf('/') + 1);
  }
}
