package io.treza.audit.internal.readiness;

import io.treza.audit.internal.image.SurveyedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The file that an interpreter is given to run.
 *
 * @param name as it stands in the command
 * @param sure whether all options before it are known, so that it cannot be the value of one
 * @param kind whose it is
 */
record ScriptOperand(String name, boolean sure, Kind kind) {
  /** What the interpreter is, as far as it matters to how it finds the file. */
  enum Kind {
    /** Adds endings to the name, and takes a directory with a package in it. */
    NODE,
    /** Takes a directory with a main module in it. */
    PYTHON,
    /** Looks a name without a slash up in PATH too. */
    SHELL,
    /** Takes the name as it is. */
    JAVA
  }

  /**
   * How an interpreter's arguments are read.
   *
   * @param program its name, as a pattern
   * @param flags options known to have no value, as a pattern
   * @param withValue options whose value is the next argument
   * @param instead options with which there is no script
   */
  private record Interpreter(
      Kind kind, Pattern program, Pattern flags, Set<String> withValue, Set<String> instead) {
    Interpreter(
        Kind kind, String program, String flags, Set<String> withValue, Set<String> instead) {
      this(kind, Pattern.compile(program), Pattern.compile(flags), withValue, instead);
    }
  }

  private static final List<Interpreter> KNOWN = List.of(
      new Interpreter(
          Kind.NODE,
          "node|nodejs",
          ".*=.*|--|--(?:no-|enable-|disable-|trace-|experimental-|inspect|expose|preserve-|abort-"
              + "|throw-|allow-|frozen-|harmony).*",
          Set.of(
              "-r",
              "--require",
              "--import",
              "--loader",
              "--experimental-loader",
              "-C",
              "--conditions",
              "--env-file",
              "--title"),
          Set.of("-e", "--eval", "-p", "--print", "-i", "-v", "--version", "--test", "--run")),
      new Interpreter(
          Kind.PYTHON,
          "python[0-9.]*",
          "-[bBdEiIOPqsSuvx]+",
          Set.of("-W", "-X", "--check-hash-based-pycs"),
          Set.of("-m", "-c", "-V")),
      new Interpreter(
          Kind.SHELL,
          "sh|ash|bash|dash|ksh|mksh|zsh",
          "[-+][a-z]+|--[a-z]+",
          Set.of("-o", "+o"),
          Set.of("-c", "-s")));

  /** The operand of a command, if it is an interpreter's and has one that is known to be a file. */
  static Optional<ScriptOperand> of(List<String> argv) {
    String program = Wrapper.name(argv.get(0));
    if (program.equals("java")) {
      int jar = argv.indexOf("-jar");
      return jar > 0 && jar + 1 < argv.size()
          ? Optional.of(new ScriptOperand(argv.get(jar + 1), true, Kind.JAVA))
          : Optional.empty();
    }
    return KNOWN.stream()
        .filter(i -> i.program.matcher(program).matches())
        .findFirst()
        .flatMap(i -> operand(i, argv));
  }

  private static Optional<ScriptOperand> operand(Interpreter interpreter, List<String> argv) {
    boolean sure = true;
    for (int i = 1; i < argv.size(); i++) {
      String argument = argv.get(i);
      if (interpreter.instead.contains(argument) || argument.equals("-")) {
        return Optional.empty();
      } else if (interpreter.withValue.contains(argument)) {
        i++;
      } else if (argument.startsWith("-") || argument.startsWith("+")) {
        sure &= interpreter.flags.matcher(argument).matches();
      } else {
        // Node.js also takes URLs.
        return argument.isEmpty() || argument.contains("://")
            ? Optional.empty()
            : Optional.of(new ScriptOperand(argument, sure, interpreter.kind));
      }
    }
    return Optional.empty();
  }

  /**
   * The absolute name of the file it means.
   *
   * @param from the directory it is looked for in
   * @param path where names without a slash are looked for besides, if they are
   */
  Optional<String> find(EnclaveFiles files, String from, List<String> path) {
    List<String> places = new ArrayList<>();
    places.add(EnclaveFiles.absolute(name, from));
    if (kind == Kind.NODE) {
      for (String ending : List.of(".js", ".json", ".node")) {
        places.add(EnclaveFiles.absolute(name + ending, from));
      }
    } else if (kind == Kind.SHELL && !name.contains("/")) {
      path.forEach(directory -> places.add(EnclaveFiles.absolute(name, directory)));
    }
    return places.stream()
        .flatMap(place -> files.at(place).stream())
        .filter(file -> file.regular() || mayBeRun(files, file))
        .map(EnclaveFiles::name)
        .findFirst();
  }

  private boolean mayBeRun(EnclaveFiles files, SurveyedFile file) {
    List<String> mains = switch (kind) {
      case NODE -> List.of("package.json", "index.js", "index.json", "index.node");
      case PYTHON -> List.of("__main__.py");
      case SHELL, JAVA -> List.of();
    };
    return file.directory()
        && mains.stream()
            .anyMatch(main -> files.at(EnclaveFiles.name(file) + "/" + main).isPresent());
  }
}
