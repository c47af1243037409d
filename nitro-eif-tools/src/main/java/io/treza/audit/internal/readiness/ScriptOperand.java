package io.treza.audit.internal.readiness;

import io.treza.audit.internal.image.SurveyedFile;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The file that an interpreter is given to run.
 *
 * @param name as it stands in the command
 * @param endings what the interpreter tries to add to the name
 * @param directory whether it may be a directory
 */
record ScriptOperand(String name, List<String> endings, boolean directory) {
  /**
   * How an interpreter's arguments are read.
   *
   * @param program its name, as a pattern
   * @param withValue options whose value is the next argument
   * @param instead options with which there is no script
   */
  private record Interpreter(Pattern program, Set<String> withValue, Set<String> instead) {
    Interpreter(String program, Set<String> withValue, Set<String> instead) {
      this(Pattern.compile(program), withValue, instead);
    }
  }

  private static final List<Interpreter> KNOWN = List.of(
      new Interpreter(
          "node|nodejs",
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
          "python[0-9.]*", Set.of("-W", "-X", "--check-hash-based-pycs"), Set.of("-m", "-c", "-V")),
      new Interpreter("sh|ash|bash|dash|ksh|mksh|zsh", Set.of("-o", "+o"), Set.of("-c", "-s")));

  /** The operand of a command, if it is an interpreter's and has one that is known to be a file. */
  static Optional<ScriptOperand> of(List<String> argv) {
    String program = Wrapper.name(argv.get(0));
    if (program.equals("java")) {
      int jar = argv.indexOf("-jar");
      return jar > 0 && jar + 1 < argv.size()
          ? Optional.of(new ScriptOperand(argv.get(jar + 1), List.of(), false))
          : Optional.empty();
    }
    Optional<Interpreter> known =
        KNOWN.stream().filter(i -> i.program.matcher(program).matches()).findFirst();
    return known.flatMap(i -> operand(i, argv)).map(name -> {
      boolean node = program.startsWith("node");
      return new ScriptOperand(
          name,
          node ? List.of(".js", ".json", ".node") : List.of(),
          node || program.startsWith("python"));
    });
  }

  private static Optional<String> operand(Interpreter interpreter, List<String> argv) {
    for (int i = 1; i < argv.size(); i++) {
      String argument = argv.get(i);
      if (interpreter.instead.contains(argument)) {
        return Optional.empty();
      } else if (interpreter.withValue.contains(argument)) {
        i++;
      } else if (!argument.startsWith("-")) {
        // Node takes URLs and may be told a module by one.
        return argument.isEmpty() || argument.contains("://")
            ? Optional.empty()
            : Optional.of(argument);
      } else if (argument.equals("-")) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** The absolute name of the file it means, as seen from a directory. */
  Optional<String> find(EnclaveFiles files, String from) {
    String place = EnclaveFiles.absolute(name, from);
    Optional<SurveyedFile> exact = files.at(place);
    if (exact.filter(f -> f.regular() || (directory && mayBeRun(files, f))).isPresent()) {
      return exact.map(EnclaveFiles::name);
    }
    return endings.stream()
        .flatMap(ending -> files.at(place + ending).stream())
        .filter(SurveyedFile::regular)
        .map(EnclaveFiles::name)
        .findFirst();
  }

  /** What makes a directory a program to Node.js (package.json, index.js) or Python (__main__). */
  private static boolean mayBeRun(EnclaveFiles files, SurveyedFile file) {
    return file.directory()
        && List.of("package.json", "index.js", "index.json", "index.node", "__main__.py").stream()
            .anyMatch(main -> files.at(EnclaveFiles.name(file) + "/" + main).isPresent());
  }
}
