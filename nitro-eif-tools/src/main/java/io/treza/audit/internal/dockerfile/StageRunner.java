package io.treza.audit.internal.dockerfile;

import io.treza.audit.AuditException;
import io.treza.audit.internal.dockerfile.StageResult.Command;
import io.treza.audit.internal.dockerfile.StageResult.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Goes through one stage's instructions, with the variables and settings as they are at each. */
final class StageRunner {
  /** Finds where an instruction takes files from. */
  @FunctionalInterface
  interface OriginFinder {
    List<Origin> find(Instruction instruction) throws SyntaxException;
  }

  private static final List<String> SHELL = List.of("/bin/sh", "-c");

  private final Dockerfile file;
  private final BuildInput input;
  private final Environment globals;
  private final Budget budget;
  private final OriginFinder origins;

  StageRunner(
      Dockerfile file, BuildInput input, Environment globals, Budget budget, OriginFinder origins) {
    this.file = file;
    this.input = input;
    this.globals = globals;
    this.budget = budget;
    this.origins = origins;
  }

  /** Runs {@code stage} on what the stage it starts from came to. */
  StageResult run(Stage stage, Optional<StageResult> parent) throws AuditException {
    Environment environment = new Environment(parent.map(StageResult::environment));
    KnownImages.environment(stage.origin()).forEach(environment::put);
    Optional<Setting> user = parent.flatMap(StageResult::user);
    Optional<Setting> workdir = parent.flatMap(StageResult::workdir);
    Optional<Command> entrypoint = parent.flatMap(StageResult::entrypoint);
    Optional<Command> cmd = parent.flatMap(StageResult::cmd);
    List<String> shell = parent.map(StageResult::shell).orElse(SHELL);
    boolean ownCmd = false;
    List<Step> steps = new ArrayList<>();
    for (Instruction instruction : stage.instructions()) {
      Set<String> unset = new TreeSet<>();
      try {
        List<String> args = args(instruction, environment, unset);
        steps.add(new Step(
            instruction,
            stage,
            args,
            unset,
            commands(instruction, environment),
            origins.find(instruction)));
        switch (instruction.keyword()) {
          case "arg" -> declare(args, environment);
          case "env" -> {
            for (int i = 0; i + 1 < args.size(); i += 3) {
              environment.put(args.get(i), args.get(i + 1));
            }
          }
          case "user" -> user = Optional.of(new Setting(args.get(0), unset, instruction.line()));
          case "workdir" -> {
            String path = join(workdir.map(Setting::value).orElse("/"), args.get(0));
            workdir = Optional.of(new Setting(path, unset, instruction.line()));
          }
          case "shell" -> shell = args;
          case "cmd" -> {
            cmd = Optional.of(command(instruction, shell));
            ownCmd = true;
          }
          case "entrypoint" -> {
            entrypoint = Optional.of(command(instruction, shell));
            // Docker drops an inherited CMD, which was meant for another program.
            cmd = ownCmd ? cmd : Optional.of(new Command(List.of(), false, instruction.line()));
          }
          default -> {
            // Nothing that is kept.
          }
        }
      } catch (SyntaxException e) {
        throw new AuditException(file.name() + ":" + instruction.line() + ": " + e.getMessage());
      }
    }
    return new StageResult(steps, environment, user, workdir, entrypoint, cmd, shell);
  }

  private static Command command(Instruction instruction, List<String> shell) {
    List<String> argv = new ArrayList<>();
    boolean shellForm = !instruction.json() && !instruction.args().isEmpty();
    if (shellForm) {
      argv.addAll(shell);
    }
    argv.addAll(instruction.args());
    return new Command(argv, shellForm, instruction.line());
  }

  private List<String> args(Instruction instruction, Environment environment, Set<String> unset)
      throws SyntaxException {
    return switch (instruction.keyword()) {
      case "add", "copy", "env", "label", "user", "workdir", "volume", "stopsignal", "expose" -> {
        List<String> expanded = new ArrayList<>();
        Expansion expansion = Expansion.of(file.escape()).with(environment, budget);
        for (String arg : instruction.args()) {
          Expansion.Result word = expansion.word(arg);
          expanded.add(word.text());
          unset.addAll(word.unset());
        }
        yield expanded;
      }
      default -> instruction.args();
    };
  }

  private void declare(List<String> args, Environment environment) throws SyntaxException {
    for (String arg : args) {
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg : arg.substring(0, equals);
      Optional<String> value = Optional.ofNullable(input.buildArgs().get(name));
      if (value.isEmpty()) {
        value = equals < 0
            ? globals.get(name)
            : Optional.of(Expansion.of(file.escape())
                .with(environment, budget)
                .word(arg.substring(equals + 1))
                .text());
      }
      value.ifPresent(v -> environment.put(name, v));
    }
  }

  private static List<ShellScript.Command> commands(Instruction run, Environment environment) {
    if (!run.is("run")) {
      return List.of();
    }
    if (run.json()) {
      return ShellScript.commands(run.args());
    }
    StringBuilder script = new StringBuilder(String.join(" ", run.args()));
    run.heredocs().forEach(h -> script.append('\n').append(h.content()));
    return ShellScript.commands(script.toString(), environment);
  }

  /** The directory {@code path} seen from {@code directory}, without {@code .} and {@code ..}. */
  static String join(String directory, String path) {
    List<String> parts = new ArrayList<>();
    for (String part : (path.startsWith("/") ? path : directory + "/" + path).split("/")) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.remove(parts.size() - 1);
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return "/" + String.join("/", parts);
  }
}
