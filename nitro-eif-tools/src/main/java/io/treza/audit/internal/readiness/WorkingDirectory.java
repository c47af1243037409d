package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.internal.image.FileFacts;
import io.treza.audit.internal.image.SurveyedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks for what a command means only as seen from WORKDIR: E07. */
record WorkingDirectory(DockerCommand docker, EnclaveTarget target) {
  private static final Location PLACE = new Location.Configuration("config.WorkingDir");
  // A hostile image may have any number of arguments.
  private static final int MOST_FINDINGS = 20;
  // Real commands have two or three programs that start others before the program.
  private static final int MOST_STARTS = 10;
  private static final Set<String> PATH_LISTS =
      Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path");
  // Programs that look for a file of this name where they are started, and do nothing without.
  private static final Map<String, String> PROJECT_FILES = Map.of(
      "npm", "package.json",
      "yarn", "package.json",
      "pnpm", "package.json",
      "bundle", "Gemfile");
  private static final Pattern OTHER_DIRECTORY =
      Pattern.compile("(?:--prefix|--cwd|-C|--dir|--gemfile)(?:=.*)?");
  private static final Pattern CHANGE = Pattern.compile("(?:^|[\\s;&|({])(?:cd|pushd)\\s");
  private static final Pattern PYTHON = Pattern.compile("python[0-9.]*");
  private static final Set<String> MODULE_SERVERS =
      Set.of("uvicorn", "gunicorn", "hypercorn", "daphne", "granian");
  private static final Pattern APPLICATION =
      Pattern.compile("([A-Za-z_]\\w{0,99})(?:\\.\\w{1,99}){0,20}:[\\w.()]+");

  /** A name in a command; {@code sure} if it can hardly be anything but a file's. */
  private record Named(String name, boolean sure) {}

  List<Finding> check(List<String> command) {
    String directory = ProcessStart.workingDirectory(docker.config());
    if (directory.equals("/")) {
      return List.of(finding("E07", Result.PASS, "WORKDIR is /, where init starts too", ""));
    } else if (target.init() == EnclaveTarget.Init.TREZA) {
      return List.of(finding("E07", Result.PASS, "init starts in " + directory, ""));
    }
    List<Finding> findings = new ArrayList<>();
    if (!command.isEmpty()) {
      List<String> inner = innermost(command);
      findings.addAll(arguments(inner, changesDirectory(inner)));
      operand(inner, directory).ifPresent(findings::add);
      project(inner, directory).ifPresent(findings::add);
      module(inner, directory).ifPresent(findings::add);
    }
    if (findings.stream().noneMatch(f -> f.result() == Result.FAIL)) {
      findings.add(finding(
          "E07",
          Result.WARN,
          "WORKDIR is " + directory + " and init starts in /: relative names that the program"
              + " reads or writes mean other files",
          "Use absolute names, or have the program change its directory first."));
    }
    return findings;
  }

  /** What runs after all that only starts another, and after a shell's simple line; never empty. */
  private static List<String> innermost(List<String> argv) {
    List<String> inner = argv;
    for (int i = 0; i < MOST_STARTS; i++) {
      List<String> at = inner;
      Optional<List<String>> next =
          Wrapper.started(at).or(() -> ShellLine.of(at).map(ShellLine::words));
      if (next.isEmpty() || next.get().isEmpty()) {
        break;
      }
      inner = next.get();
    }
    return inner;
  }

  private List<Finding> arguments(List<String> command, boolean elsewhere) {
    List<Finding> findings = new ArrayList<>();
    String fix = docker.fix();
    for (int i = 0; i < command.size() && findings.size() < MOST_FINDINGS; i++) {
      String item = command.get(i);
      for (Named named : names(i == 0 ? "" : command.get(i - 1), item, i == 0)) {
        docker
            .atWorkingDirectory(named.name)
            .ifPresent(place -> findings.add(finding(
                "E07-argument",
                named.sure && !elsewhere ? Result.FAIL : Result.WARN,
                "the command has " + CommandText.show(item) + ", which is " + place
                    + " in a container; init starts in /, where there is no "
                    + CommandText.show(named.name)
                    + (elsewhere ? ", unless the script that gets it goes elsewhere first" : ""),
                named.name.equals(item)
                    ? fix
                    : "Write " + CommandText.show(item.replace(named.name, place)) + ".")));
      }
    }
    return findings;
  }

  /** Whether a command is a shell's script that changes the directory, or may. */
  private boolean changesDirectory(List<String> command) {
    String script = command.get(0);
    if (ShellLine.isShell(script)) {
      script = ScriptOperand.of(command).map(ScriptOperand::name).orElse("");
    }
    Optional<FileFacts.Start> start =
        docker.files().find(script, "/") instanceof EnclaveFiles.Sought.Found found
            ? found.file().facts().start()
            : Optional.empty();
    if (start.isEmpty()) {
      return false;
    }
    byte[] bytes = start.get().bytes();
    boolean shells = Shebang.of(bytes)
        .filter(line -> ShellLine.isShell(line.interpreter())
            || line.argument().filter(ShellLine::isShell).isPresent())
        .isPresent();
    return shells
        && (!start.get().whole() || CHANGE.matcher(new String(bytes, UTF_8)).find());
  }

  private static List<Named> names(String before, String item, boolean program) {
    if (program) {
      return item.contains("/") ? List.of(new Named(item, true)) : List.of();
    } else if (PATH_LISTS.contains(before)) {
      return Pattern.compile(":")
          .splitAsStream(item)
          .limit(MOST_FINDINGS)
          .map(path -> new Named(path.replaceFirst("/\\*$", ""), true))
          .toList();
    } else if (item.startsWith("-")) {
      int equals = item.indexOf('=');
      return equals < 0 ? List.of() : List.of(new Named(item.substring(equals + 1), false));
    }
    return List.of(new Named(item, item.contains("/") || item.contains(".")));
  }

  /** A script that is found in WORKDIR alone by what its interpreter adds to the name. */
  private Optional<Finding> operand(List<String> command, String directory) {
    Optional<ScriptOperand> operand = ScriptOperand.of(command)
        .filter(o -> !o.name().startsWith("/"))
        .filter(o -> o.find(docker.files(), "/", List.of()).isEmpty())
        .filter(o -> docker.atWorkingDirectory(o.name()).isEmpty());
    return operand
        .flatMap(o -> o.find(docker.files(), directory, List.of()))
        .map(place -> finding(
            "E07-argument",
            Result.FAIL,
            "the command has " + CommandText.show(operand.get().name()) + ", which is " + place
                + " in a container; init starts in /, where there is no such file",
            "Write " + place + "."));
  }

  private Optional<Finding> project(List<String> command, String directory) {
    String program = Wrapper.name(command.get(0));
    String file = PROJECT_FILES.getOrDefault(program, "");
    if (file.isEmpty()
        || !there(directory, file)
        || there("/", file)
        || command.stream().anyMatch(item -> OTHER_DIRECTORY.matcher(item).matches())) {
      return Optional.empty();
    }
    return Optional.of(finding(
        "E07-project",
        Result.FAIL,
        program + " looks for " + file + " where it is started, which is in " + directory
            + " and not in /, where init starts",
        "Start the program itself, by absolute names, or a script that begins with cd " + directory
            + "."));
  }

  private Optional<Finding> module(List<String> command, String directory) {
    String program = Wrapper.name(command.get(0));
    Optional<String> module = Optional.empty();
    if (PYTHON.matcher(program).matches()) {
      int at = command.indexOf("-m");
      module = at > 0 && at + 1 < command.size()
          ? Optional.of(command.get(at + 1).split("\\.", 2)[0])
          : Optional.empty();
    } else if (MODULE_SERVERS.contains(program)) {
      module = command.stream()
          .map(APPLICATION::matcher)
          .filter(Matcher::matches)
          .map(matcher -> matcher.group(1))
          .findFirst();
    }
    boolean path = ProcessStart.variable(docker.config().env(), "PYTHONPATH").isPresent();
    return module
        .filter(name -> !path && !name.isEmpty())
        .filter(name -> there(directory, name) || there(directory, name + ".py"))
        .filter(name -> !there("/", name) && !there("/", name + ".py"))
        .map(name -> finding(
            "E07-module",
            Result.WARN,
            program + " is given the module " + name + ", which is in " + directory
                + "; init starts in /, so it is found only if it is installed as well",
            "Write ENV PYTHONPATH=" + directory + "."));
  }

  private boolean there(String directory, String name) {
    Optional<SurveyedFile> file = docker.files().at(EnclaveFiles.absolute(name, directory));
    return file.isPresent();
  }

  private static Finding finding(String id, Result result, String message, String fix) {
    return new Finding(id, result, message, PLACE, fix);
  }
}
