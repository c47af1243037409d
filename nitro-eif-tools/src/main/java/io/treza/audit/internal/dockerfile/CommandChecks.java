package io.treza.audit.internal.dockerfile;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.INCONCLUSIVE;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.internal.dockerfile.KnownImage.Entrypoint;
import io.treza.audit.internal.dockerfile.StageResult.Command;
import io.treza.audit.internal.dockerfile.StageResult.Setting;
import io.treza.image.RegistryReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * E01, E02 and E07 as far as a Dockerfile tells: which command nitro-cli would take from the image,
 * and whether AWS's init, which knows neither the image's PATH nor its WORKDIR, would find it.
 */
final class CommandChecks {
  private static final Set<String> SEARCHED = Set.of("/sbin", "/usr/sbin", "/bin", "/usr/bin");
  private static final Set<String> MANAGERS =
      Set.of("apk", "apt", "apt-get", "yum", "dnf", "microdnf", "tdnf", "zypper");
  private static final Pattern FILE_NAME = Pattern.compile(
      "\\.{1,2}/.*|(?![-/])[^ =:]+\\.(js|mjs|cjs|ts|py|pyz|jar|war|rb|sh|php|pl|lua|dll|exe|json|ya?ml"
          + "|toml|conf|ini|properties|so)");
  private static final String WHOLE_COMMAND =
      "Put the whole command into ENTRYPOINT and write CMD [], or put it all into CMD.";

  private final Build build;
  private final Findings findings;
  private final Optional<RegistryReference> base;
  private final Optional<Command> entrypoint;
  private final Optional<Command> cmd;

  private CommandChecks(Build build, Findings findings) {
    this.build = build;
    this.findings = findings;
    base = BaseChecks.baseReference(build);
    entrypoint = build.result().entrypoint();
    cmd = build.result().cmd();
  }

  static void check(Build build, Findings findings) {
    new CommandChecks(build, findings).check();
  }

  private void check() {
    List<String> start = entrypoint.map(Command::argv).orElse(List.of());
    List<String> rest = cmd.map(Command::argv).orElse(List.of());
    int line = cmd.filter(c -> !c.argv().isEmpty())
        .or(() -> entrypoint)
        .map(Command::line)
        .orElse(build.targetStage().from().line());
    if (entrypoint.isPresent()) {
      both(line, start, rest);
    } else if (!rest.isEmpty()) {
      onBase(line, rest);
    } else if (build.base() instanceof Origin.Scratch) {
      findings.at(
          line,
          "E01",
          FAIL,
          "the image has no command: neither ENTRYPOINT nor CMD",
          "Add ENTRYPOINT [\"/program\"] to the last stage.");
    } else {
      findings.at(
          line,
          "E01",
          INCONCLUSIVE,
          "neither ENTRYPOINT nor CMD is in the file, so the base image's command counts",
          "Write the command into the last stage.");
    }
    List<String> argv = rest.isEmpty() ? start : rest;
    if (!argv.isEmpty()) {
      Command taken = rest.isEmpty() ? entrypoint.orElseThrow() : cmd.orElseThrow();
      program(line, argv, taken.shellForm());
      directory(line, argv, taken.shellForm());
    }
  }

  private void both(int line, List<String> start, List<String> rest) {
    if (!start.isEmpty() && !rest.isEmpty()) {
      findings.at(
          line,
          "E01",
          FAIL,
          "Docker runs " + show(start) + " with " + show(rest)
              + " as its arguments; nitro-cli runs " + show(rest) + " alone",
          WHOLE_COMMAND);
    } else if (start.isEmpty() && rest.isEmpty()) {
      findings.at(
          line,
          "E01",
          FAIL,
          "the image has no command: ENTRYPOINT and CMD are empty",
          "Add ENTRYPOINT [\"/program\"] to the last stage.");
    } else {
      findings.at(
          line,
          "E01",
          PASS,
          "Docker and nitro-cli both run " + show(start.isEmpty() ? rest : start),
          "");
    }
  }

  private void onBase(int line, List<String> rest) {
    if (build.base() instanceof Origin.Scratch) {
      findings.at(line, "E01", PASS, "Docker and nitro-cli both run " + show(rest), "");
      return;
    }
    Optional<Entrypoint> inherited = base.flatMap(b -> KnownImages.find(b).entrypoint());
    String image = BaseChecks.describe(build.base());
    if (inherited.isEmpty()) {
      findings.at(
          line,
          "E01",
          INCONCLUSIVE,
          "nitro-cli runs " + show(rest) + "; Docker does too, unless " + image
              + " has an ENTRYPOINT, which is not known",
          "Add ENTRYPOINT [] before CMD, or put the whole command into ENTRYPOINT.");
    } else if (inherited.get().argv().isEmpty()) {
      findings.at(
          line,
          "E01",
          PASS,
          "Docker and nitro-cli both run " + show(rest) + "; " + image + " has no ENTRYPOINT",
          "");
    } else {
      Entrypoint start = inherited.get();
      findings.at(
          line,
          "E01",
          start.matters() ? FAIL : WARN,
          "Docker runs " + show(start.argv()) + ", the ENTRYPOINT of " + image + ", with "
              + show(rest) + "; nitro-cli runs " + show(rest) + " alone"
              + (start.matters() ? "" : ", which comes to the same for a program of one's own"),
          start.matters()
              ? "Write ENTRYPOINT [" + quoted(start.argv()) + ", " + quoted(rest) + "] and CMD []."
              : WHOLE_COMMAND);
    }
  }

  private void program(int line, List<String> argv, boolean shellForm) {
    String program = argv.get(0);
    String fix = "Name the program by its absolute path.";
    if (shellForm && noShell()) {
      findings.at(
          line,
          "E02",
          FAIL,
          "the command is in shell form, and " + BaseChecks.describe(build.base())
              + " has no /bin/sh to run it",
          "Write it as JSON: [\"/program\", \"argument\"].");
    } else if (program.startsWith("-")) {
      findings.at(
          line,
          "E02",
          FAIL,
          LineParser.quoted(program) + " is an option for the ENTRYPOINT, and no program",
          WHOLE_COMMAND);
    } else if (program.startsWith("/")) {
      findings.at(
          line,
          "E02",
          PASS,
          LineParser.quoted(program)
              + " is absolute, so that init needs no PATH; whether it is there"
              + " only the image tells",
          "");
    } else if (program.contains("/")) {
      String workdir = workdir();
      boolean same = workdir.equals("/");
      findings.at(
          line,
          "E02",
          same ? PASS : FAIL,
          LineParser.quoted(program) + " is sought in /, where AWS's init starts it"
              + (same ? "; that is its directory here" : ", and not in " + workdir),
          same ? "" : "Write " + StageRunner.join(workdir, program) + " in its place.");
    } else {
      Optional<String> directory = directory(program);
      if (directory.isEmpty() && FILE_NAME.matcher(program).matches()) {
        findings.at(
            line,
            "E02",
            FAIL,
            LineParser.quoted(program)
                + " is a file's name, and AWS's init seeks it as a program in"
                + " /sbin:/usr/sbin:/bin:/usr/bin",
            fix);
      } else if (directory.isEmpty()) {
        findings.at(
            line,
            "E02",
            INCONCLUSIVE,
            LineParser.quoted(program)
                + " is sought in /sbin:/usr/sbin:/bin:/usr/bin only; where it"
                + " is the file does not tell",
            fix);
      } else {
        boolean found = SEARCHED.contains(directory.get());
        findings.at(
            line,
            "E02",
            found ? PASS : FAIL,
            LineParser.quoted(program) + " is in " + directory.get() + ", where AWS's init "
                + (found ? "looks" : "does not look: it knows /sbin:/usr/sbin:/bin:/usr/bin only"),
            found ? "" : "Write " + StageRunner.join(directory.get(), program) + " in its place.");
      }
    }
  }

  private boolean noShell() {
    if (build.base() instanceof Origin.Scratch) {
      return true;
    }
    return base.map(b -> KnownImages.find(b).base())
        .filter(b -> b == KnownImage.Base.DISTROLESS || b == KnownImage.Base.CHISELED)
        .isPresent();
  }

  private String workdir() {
    return build.result().workdir().map(Setting::value).orElse("/");
  }

  /** Where a program named without a directory is: copied, installed, or in the base. */
  private Optional<String> directory(String program) {
    List<String> found = new ArrayList<>();
    String workdir = "/";
    for (Step step : build.finalSteps()) {
      if (step.is("workdir")) {
        workdir = StageRunner.join(workdir, step.args().get(0));
      } else if (step.is("copy") || step.is("add")) {
        placed(step.args(), program, workdir).ifPresent(found::add);
      }
      for (ShellScript.Command command : step.commands()) {
        if (installs(command, program)) {
          found.add("/usr/bin");
        }
        // Elsewhere it may be a directory of the same name, such as /etc/nginx.
        written(command, program).filter(d -> d.endsWith("bin")).ifPresent(found::add);
      }
    }
    return found.isEmpty()
        ? base.flatMap(b -> KnownImages.directoryOf(b, program))
        : Optional.of(found.get(found.size() - 1));
  }

  /** Packages are mostly called as their program, or as what it is written in. */
  private static boolean installs(ShellScript.Command command, String program) {
    if (!MANAGERS.contains(command.program()) || program.length() > BuildTools.LONGEST) {
      return false;
    }
    String name = program.replaceFirst("[0-9.]+$", "");
    return command.args().stream()
        .flatMap(a -> List.of(a.split("\\s+")).stream())
        .filter(a -> a.length() <= BuildTools.LONGEST)
        .map(a -> a.replaceFirst("[=<>~@].*", "").replaceFirst("-?[0-9.]*$", ""))
        .anyMatch(a -> a.equals(name)
            || (name.equals("node") && a.equals("nodejs"))
            || (name.equals("java") && a.matches(".*(jre|jdk|java).*")));
  }

  /** Where a command puts the program, if it says so by an absolute path. */
  private static Optional<String> written(ShellScript.Command command, String program) {
    return switch (command.program()) {
      case "mv", "cp", "install", "ln" ->
        command.args().isEmpty()
                || !command.args().get(command.args().size() - 1).startsWith("/")
            ? Optional.empty()
            : placed(command.args(), program, "/");
      case "curl", "wget", "chmod" ->
        command.args().stream()
            .map(a -> a.replaceFirst("^-[A-Za-z]*[oO]/", "/"))
            .filter(a -> a.startsWith("/") && a.endsWith("/" + program))
            .findFirst()
            .map(CommandChecks::parent);
      default -> Optional.empty();
    };
  }

  /** Where the program comes to be if the last argument is where the others are put. */
  private static Optional<String> placed(List<String> args, String program, String workdir) {
    if (args.size() < 2) {
      return Optional.empty();
    }
    String to = args.get(args.size() - 1);
    if (to.endsWith("/" + program)) {
      return Optional.of(parent(StageRunner.join(workdir, to)));
    }
    boolean named = args.subList(0, args.size() - 1).stream()
        .anyMatch(s -> s.equals(program) || s.endsWith("/" + program));
    return named ? Optional.of(StageRunner.join(workdir, to)) : Optional.empty();
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  private void directory(int line, List<String> argv, boolean shellForm) {
    String workdir = workdir();
    if (workdir.equals("/")) {
      findings.at(
          line,
          "E07",
          PASS,
          "the command starts in / under Docker too, as far as the file" + " tells",
          "");
      return;
    }
    List<String> words = shellForm
        ? ShellScript.commands(argv.get(argv.size() - 1), Variables.NONE).stream()
            .flatMap(c -> c.words().stream())
            .toList()
        : argv;
    Optional<String> relative =
        words.stream().filter(w -> FILE_NAME.matcher(w).matches()).findFirst();
    if (relative.isPresent()) {
      findings.at(
          line,
          "E07",
          FAIL,
          LineParser.quoted(relative.get())
              + " is sought in /, where AWS's init starts the command," + " and not in the WORKDIR "
              + workdir,
          "Write " + StageRunner.join(workdir, relative.get()) + " in its place.");
    } else {
      findings.at(
          line,
          "E07",
          WARN,
          "WORKDIR is " + workdir
              + ", but AWS's init starts the command in /: files that it opens by"
              + " relative names are sought there",
          "Let the program change its directory, or open files by absolute names.");
    }
  }

  private static String show(List<String> argv) {
    return LineParser.quoted(String.join(" ", argv));
  }

  private static String quoted(List<String> argv) {
    return String.join(
        ", ", argv.stream().map(a -> LineParser.quoted(a.replace("\"", "\\\""))).toList());
  }
}
