package io.treza.audit.internal.readiness;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.internal.elf.Elf;
import io.treza.audit.internal.image.FileFacts;
import io.treza.audit.internal.image.SurveyedFile;
import io.treza.audit.internal.readiness.EnclaveFiles.Sought;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Goes the way of a command from init to the program that runs: E02 to E05.
 *
 * <p>It follows what Linux does (fs/exec.c, fs/binfmt_script.c, fs/binfmt_elf.c) and what glibc's
 * execvpe does, with which AWS's init is linked; then, as far as {@link Wrapper} and {@link
 * ScriptOperand} know them, the programs that only start another.
 */
final class CommandWalk {
  // Linux, fs/exec.c, exec_binprm: a script that a script interprets, and so on.
  private static final int MAX_SCRIPTS = 5;
  // Programs that start one another: real ones are an init, a wrapper and the program.
  private static final int MAX_STARTS = 10;

  private static final String INIT = "init";

  private final EnclaveFiles files;
  private final ProcessStart start;
  private final DockerCommand docker;
  private final String workingDirectory;
  private final ProgramCheck programs;
  private final List<Finding> findings = new ArrayList<>();
  private final Set<String> checked = new HashSet<>();
  private Location place = new Location.Whole();

  /**
   * Prepares to go a way.
   *
   * @param docker what a container would run
   * @param programs judges the ELF files on the way
   */
  CommandWalk(DockerCommand docker, ProcessStart start, ProgramCheck programs) {
    this.files = docker.files();
    this.start = start;
    this.docker = docker;
    this.workingDirectory = ProcessStart.workingDirectory(docker.config());
    this.programs = programs;
  }

  /** What is on the way; at least one finding of E02, and E03 to E05 as far as it leads. */
  List<Finding> walk(List<String> command) {
    boolean cmd = command.equals(docker.config().cmd());
    place = new Location.Configuration(cmd ? "config.Cmd" : "config.Entrypoint");
    run("E02", command, start.initPath(), INIT, 0);
    if (findings.stream().noneMatch(f -> f.id().startsWith("E03"))) {
      add("E03", Result.NOT_APPLICABLE, "no script is on the way that was followed");
    }
    for (String id : List.of("E04", "E05")) {
      if (findings.stream().noneMatch(f -> f.id().startsWith(id))) {
        add(id, INCONCLUSIVE, "no program was reached that could be looked at");
      }
    }
    return List.copyOf(findings);
  }

  private void run(String id, List<String> argv, List<String> path, String who, int depth) {
    if (depth >= MAX_STARTS) {
      add(
          id,
          FAIL,
          "after " + MAX_STARTS + " programs each of which starts the next, there is "
              + "still one to start: " + CommandText.show(argv.get(0)));
      return;
    }
    lookUp(id, argv.get(0), path, who).ifPresent(file -> execute(file, argv, depth, 0));
  }

  /** Finds what {@code execvpe} would run, or says why there is nothing. */
  private Optional<SurveyedFile> lookUp(String id, String name, List<String> path, String who) {
    String shown = CommandText.show(name);
    if (name.isEmpty()) {
      add(id, FAIL, who + " is given an empty name to run");
      return Optional.empty();
    }
    if (name.contains("/")) {
      Sought sought = files.find(name, start.directory());
      if (sought instanceof Sought.Found found) {
        return runnable(id, found.file(), who + " runs " + shown);
      }
      Optional<String> there = docker.atWorkingDirectory(name);
      fail(
          id,
          who + " runs " + shown + ": " + ((Sought.Absent) sought).why()
              + there
                  .map(at -> "; " + at + " is meant, and relative names are looked up in "
                      + start.directory())
                  .orElse(""),
          missing(EnclaveFiles.absolute(name, start.directory())),
          there.isPresent() && who.equals(INIT)
              ? docker.fix()
              : "Name a program that is in the image, by its absolute path.");
      return Optional.empty();
    }
    Optional<SurveyedFile> denied = Optional.empty();
    for (String directory : path) {
      String candidate = EnclaveFiles.absolute(name, directory);
      if (files.find(candidate, start.directory()) instanceof Sought.Found found) {
        if (found.file().regular() && start.user().mayRun(found.file())) {
          pass(id, who + " finds " + shown + " at " + candidate, found.file());
          return Optional.of(found.file());
        }
        denied = Optional.of(found.file());
      }
    }
    if (denied.isPresent()) {
      return runnable(id, denied.get(), who + " finds " + shown);
    }
    Optional<String> elsewhere = elsewhere(name);
    fail(
        id,
        who + " looks for " + shown + " in " + String.join(":", path) + " and does not find it"
            + elsewhere.map(at -> ", though it is at " + at).orElse(""),
        place,
        elsewhere.isPresent() && who.equals(INIT)
            ? docker.fix()
            : "Name the program by its absolute path.");
    // The way goes on from there, so that all that is to be mended is said at once.
    return elsewhere.flatMap(files::at).filter(SurveyedFile::program);
  }

  private Optional<String> elsewhere(String name) {
    List<String> places = new ArrayList<>(start.path());
    places.add(workingDirectory);
    return places.stream()
        .map(directory -> EnclaveFiles.absolute(name, directory))
        .filter(at -> files.at(at).filter(SurveyedFile::regular).isPresent())
        .findFirst();
  }

  private Optional<SurveyedFile> runnable(String id, SurveyedFile file, String saying) {
    String name = EnclaveFiles.name(file);
    if (!file.regular()) {
      fail(id, saying + ", and " + name + " is no regular file", file, "Name a program.");
      return Optional.empty();
    }
    if (!start.user().mayRun(file)) {
      String mode = "0" + Integer.toOctalString(file.permissions());
      fail(
          id,
          saying + ", and " + name + " may not be run: its mode is " + mode,
          file,
          "Write RUN chmod 0755 " + name + ", or COPY --chmod=0755.");
      return Optional.empty();
    }
    pass(id, saying.endsWith(" " + name) ? saying : saying + ", which is " + name, file);
    return Optional.of(file);
  }

  private void execute(SurveyedFile file, List<String> argv, int depth, int scripts) {
    String name = EnclaveFiles.name(file);
    Optional<FileFacts.Start> kept = file.facts().start();
    if (kept.isEmpty()) {
      add("E02", INCONCLUSIVE, name + ": its start was not kept, so what it is is not known");
      return;
    }
    byte[] bytes = kept.get().bytes();
    Optional<Shebang> line = Shebang.of(bytes);
    if (Elf.startsLike(bytes)) {
      if (checked.add(name)) {
        findings.addAll(programs.check(file));
      }
      beyond(scripts > 0 ? "E03" : "E02", argv, depth);
    } else if (line.isPresent()) {
      script(file, line.get(), argv, depth, scripts);
    } else {
      foreign(file, bytes, argv, depth);
    }
  }

  /** What Linux knows no way to run; glibc then takes it for a script of the shell's. */
  private void foreign(SurveyedFile file, byte[] bytes, List<String> argv, int depth) {
    String name = EnclaveFiles.name(file);
    boolean text = true;
    for (byte b : bytes) {
      text &= b != 0;
    }
    if (bytes.length == 0 || !text) {
      fail(
          "E04",
          name + (bytes.length == 0 ? " is empty" : " is no program for Linux"),
          file,
          "Copy a program built for Linux there.");
    } else if (start.init() == EnclaveTarget.Init.AWS) {
      findings.add(new Finding(
          "E03-none",
          WARN,
          name
              + " is a script without a first line that names its interpreter; init hands it to"
              + " /bin/sh, which container runtimes do not",
          EnclaveFiles.location(file),
          "Begin it with #!/bin/sh."));
      List<String> shell = new ArrayList<>(List.of("/bin/sh", name));
      shell.addAll(argv.subList(1, argv.size()));
      run("E03", shell, start.path(), INIT, depth + 1);
    } else {
      fail(
          "E03-none",
          name + " is a script without a first line that names its interpreter",
          file,
          "Begin it with #!/bin/sh.");
    }
  }

  private void script(SurveyedFile file, Shebang line, List<String> argv, int depth, int scripts) {
    String name = EnclaveFiles.name(file);
    String interpreter = line.interpreter();
    if (scripts >= MAX_SCRIPTS) {
      fail(
          "E03",
          name + ": more than " + MAX_SCRIPTS
              + " scripts, each the other's interpreter, which Linux refuses",
          file,
          "Name a program as the interpreter.");
      return;
    }
    Optional<Finding> problem = line.problem(file);
    problem.ifPresent(findings::add);
    if (problem.filter(p -> p.result() == FAIL).isPresent()) {
      return;
    }
    Sought sought = files.find(interpreter, start.directory());
    if (sought instanceof Sought.Absent absent) {
      fail(
          "E03",
          name + " names " + CommandText.show(interpreter) + " as its interpreter: " + absent.why(),
          file,
          "Install the interpreter, or correct the first line.");
      return;
    }
    SurveyedFile found = ((Sought.Found) sought).file();
    if (!found.regular() || !start.user().mayRun(found)) {
      fail(
          "E03",
          name + " names " + interpreter + " as its interpreter, which may not be run",
          found,
          "Name a program, of mode 0755.");
      return;
    }
    pass("E03", name + ": its interpreter " + CommandText.show(interpreter) + " is there", file);
    List<String> next = new ArrayList<>();
    next.add(interpreter);
    line.argument().ifPresent(next::add);
    next.add(scripts == 0 && !argv.get(0).contains("/") ? name : argv.get(0));
    next.addAll(argv.subList(1, argv.size()));
    if (Wrapper.isEnv(interpreter) && line.argument().isPresent()) {
      Optional<String> obstacle = envProblem(found, line.argument().get());
      if (obstacle.isPresent()) {
        fail(
            "E03-env",
            name + ": Linux gives env \"" + CommandText.show(line.argument().get())
                + "\" as one argument, and " + obstacle.get(),
            file,
            "Name the interpreter itself by its absolute path; Linux gives it one argument too.");
        return;
      }
    }
    execute(found, next, depth, scripts + 1);
  }

  private Optional<String> envProblem(SurveyedFile env, String argument) {
    // Up to 1.37 at least; its names are links to one file, of either kind.
    boolean busybox = Stream.of("/bin/busybox", "/usr/bin/busybox")
        .flatMap(path -> files.at(path).stream())
        .anyMatch(file -> file.member().equals(env.member()));
    if (Wrapper.env(argument).isEmpty()) {
      return Optional.of("env takes it for one name unless it begins with -S");
    }
    return busybox && argument.startsWith("-")
        ? Optional.of("BusyBox's env knows no -S")
        : Optional.empty();
  }

  /** Where a program only starts another. */
  private void beyond(String id, List<String> argv, int depth) {
    String program = Wrapper.name(argv.get(0));
    Optional<List<String>> started = Wrapper.started(argv);
    if (started.isPresent()) {
      if (started.get().isEmpty()) {
        add(id, FAIL, program + " is given nothing to start");
      } else {
        run(id, started.get(), start.path(), program, depth + 1);
      }
      return;
    }
    Optional<String> line = ShellLine.of(argv);
    if (line.isPresent()) {
      add(
          "E02-shell",
          INCONCLUSIVE,
          "what " + program + " makes of \"" + CommandText.show(line.get()) + "\" is not judged");
      return;
    }
    if (ShellLine.isShell(program) && argv.size() == 1) {
      add(
          "E02-shell",
          INCONCLUSIVE,
          program + " is given nothing to run: it waits for the console, where nobody writes");
      return;
    }
    if (id.equals("E03")) {
      // It was started to interpret a script, which is there.
      return;
    }
    ScriptOperand.of(argv).ifPresent(operand -> {
      Optional<String> found = operand.find(files, start.directory(), start.path());
      String given = program + " is given " + CommandText.show(operand.name());
      if (found.isPresent()) {
        add("E02-script", PASS, given + ", which is there: " + found.get());
      } else if (operand.find(files, workingDirectory, List.of()).isPresent()) {
        // What is there only as seen from WORKDIR is a matter of E07.
        return;
      } else if (operand.sure()) {
        fail(
            "E02-script",
            given + " to run, which is not in the image",
            missing(EnclaveFiles.absolute(operand.name(), start.directory())),
            "Correct the name, or copy the file there.");
      } else {
        add("E02-script", INCONCLUSIVE, given + ", which is no file; it may be an option's value");
      }
    });
  }

  private void pass(String id, String message, SurveyedFile file) {
    findings.add(new Finding(id, PASS, message, EnclaveFiles.location(file), ""));
  }

  private void fail(String id, String message, SurveyedFile file, String fix) {
    fail(id, message, EnclaveFiles.location(file), fix);
  }

  private void fail(String id, String message, Location location, String fix) {
    findings.add(new Finding(id, FAIL, message, location, fix));
  }

  private void add(String id, Result result, String message) {
    findings.add(Finding.of(id, result, message));
  }

  private static Location missing(String path) {
    return new Location.ImageFile(path.substring(1), Optional.empty());
  }
}
