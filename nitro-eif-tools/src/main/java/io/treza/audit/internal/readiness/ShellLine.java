package io.treza.audit.internal.readiness;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The line that a command hands to a shell, as the shell form of a Dockerfile does. */
final class ShellLine {
  private static final Set<String> SHELLS =
      Set.of("sh", "ash", "bash", "dash", "ksh", "mksh", "zsh");
  // Words, blanks, and nothing that means something to a shell.
  private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9_./:@%+,= \\t-]*");

  private ShellLine() {}

  static boolean isShell(String program) {
    return SHELLS.contains(Wrapper.name(program));
  }

  /** The argument of {@code -c}, alone or among other letters as in {@code -ec}. */
  static Optional<String> of(List<String> argv) {
    if (!isShell(argv.get(0))) {
      return Optional.empty();
    }
    for (int i = 1; i + 1 < argv.size() && argv.get(i).startsWith("-"); i++) {
      String option = argv.get(i);
      if (!option.startsWith("--") && option.endsWith("c")) {
        return Optional.of(argv.get(i + 1));
      }
    }
    return Optional.empty();
  }

  /** The words of a line that is one simple command; none if it may be more than that. */
  static List<String> words(String line) {
    String text = line.strip().replaceFirst("^exec[ \\t]+", "");
    boolean simple = SIMPLE.matcher(text).matches() && !text.isEmpty();
    return simple ? List.of(text.split("[ \\t]+")) : List.of();
  }
}
