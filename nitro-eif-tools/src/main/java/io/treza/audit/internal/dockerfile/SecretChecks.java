package io.treza.audit.internal.dockerfile;

import static io.treza.audit.Result.FAIL;
import static io.treza.audit.Result.PASS;
import static io.treza.audit.Result.WARN;

import io.treza.audit.Result;
import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.Certainty;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** H04: secrets written into the file, copied into the image, or left there by a command. */
final class SecretChecks {
  private static final String HAND_OVER =
      "Take it out, revoke it, and hand it over at run time; for the build use"
          + " RUN --mount=type=secret.";
  private static final Pattern HEADER = Pattern.compile(
      "(?i)(?:authorization:\\s{0,4}(?:bearer|basic|token)\\s{1,4}|private-token:\\s{0,4}"
          + "|x-api-key:\\s{0,4}|x-auth-token:\\s{0,4})([A-Za-z0-9._~+/=-]{8,})");
  private static final Pattern LOGIN = Pattern.compile("[^:$<{]{1,64}:(?![$<{])[^:]{3,}");
  private static final Pattern ASSIGNED =
      Pattern.compile("(?m)^[ \\t]*(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$");
  private static final Pattern STRONG_VALUE = Pattern.compile("(?=.*[0-9])(?=.*[A-Za-z]).{8,}");

  private final Build build;
  private final Findings findings;
  private final BitSet inFinal = new BitSet();
  private final Set<String> buildArgs = new HashSet<>();
  private int looked;

  private SecretChecks(Build build, Findings findings) {
    this.build = build;
    this.findings = findings;
    build.ancestry().forEach(s -> inFinal.set(s.index()));
  }

  static void check(Build build, Findings findings) {
    new SecretChecks(build, findings).check();
  }

  private void check() {
    build.dockerfile().instructions().stream()
        .filter(i -> i.is("arg"))
        .flatMap(i -> i.args().stream())
        .forEach(buildArgs::add);
    Set<Integer> stepLines = new HashSet<>();
    for (Step step : build.reachedSteps()) {
      // What ONBUILD puts off runs in several stages and is reported once.
      if (stepLines.add(step.line())) {
        step(step);
      }
    }
    for (Instruction instruction : build.dockerfile().instructions()) {
      boolean reached = stepLines.contains(instruction.line());
      if (instruction.is("arg") && !reached) {
        args(instruction);
      }
      content(instruction);
    }
    if (!findings.any("H04")) {
      findings.whole(
          "H04",
          PASS,
          "no secret in " + build.dockerfile().instructions().size() + " instructions: " + looked
              + " variables, files and commands looked at by name, and all text by its form",
          "");
    }
  }

  private void step(Step step) {
    switch (step.instruction().keyword()) {
      case "env" -> env(step);
      case "arg" -> args(step.instruction());
      case "copy", "add" -> files(step);
      case "run" -> run(step);
      default -> {
        // Its text is looked at by form.
      }
    }
  }

  private void env(Step step) {
    for (int i = 0; i + 1 < step.args().size(); i += 3) {
      String name = step.args().get(i);
      String value = step.args().get(i + 1);
      looked++;
      Optional<Certainty> secret = SecretPatterns.variable(name, value);
      if (secret.isPresent()) {
        found(
            step.line(),
            "H04-env",
            secret.get(),
            "ENV " + name + " is " + SecretPatterns.mask(value));
      } else if (value.isEmpty()
          && step.unset().stream().anyMatch(buildArgs::contains)
          && SecretPatterns.name(name).equals(Optional.of(Certainty.SECRET))) {
        findings.at(
            step.line(),
            "H04-env",
            WARN,
            "ENV " + name + " keeps what the build argument " + String.join(", ", step.unset())
                + " holds in the image for good",
            HAND_OVER);
      }
    }
  }

  private void args(Instruction instruction) {
    for (String arg : instruction.args()) {
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg : arg.substring(0, equals);
      String value = equals < 0 ? "" : plain(arg.substring(equals + 1));
      looked++;
      Optional<Certainty> secret = SecretPatterns.variable(name, value);
      if (secret.isPresent()) {
        found(
            instruction.line(),
            "H04-arg",
            secret.get(),
            "ARG " + name + " has the default " + SecretPatterns.mask(value));
      } else if (value.isEmpty()
          && SecretPatterns.name(name).equals(Optional.of(Certainty.SECRET))) {
        findings.at(
            instruction.line(),
            "H04-arg",
            WARN,
            "ARG " + name
                + " takes a secret as a build argument, which stays in the image's history",
            "Use RUN --mount=type=secret in its place.");
      }
    }
  }

  /** A value without its quotes, its variables left as they are. */
  private String plain(String value) {
    try {
      return Expansion.of(build.dockerfile().escape())
          .keepingUnset()
          .word(value)
          .text();
    } catch (SyntaxException unfinished) {
      return value;
    }
  }

  private void found(int line, String id, Certainty certainty, String message) {
    boolean sure = certainty == Certainty.SECRET;
    findings.at(
        line, id, sure ? FAIL : WARN, message + (sure ? "" : ", which may be a secret"), HAND_OVER);
  }

  /** A result that only counts in full where it ends up in the image. */
  private Result ifFinal(Step step) {
    return inFinal.get(step.stage().index()) ? FAIL : WARN;
  }

  private String where(Step step) {
    return inFinal.get(step.stage().index())
        ? "into the image"
        : "into " + step.stage().title() + ", which is not in the image but in the build cache";
  }

  private void files(Step step) {
    String keyword = step.is("copy") ? "COPY" : "ADD";
    List<String> args = step.args();
    for (String source : args.subList(0, Math.max(0, args.size() - 1))) {
      looked++;
      // A pattern may match the file whose name it has without its asterisks.
      String name = source.replaceFirst("[*]+$", "").replace("*", "x");
      SecretPatterns.file(name).ifPresent(file -> {
        Result worst = file.certainty() == Certainty.SECRET ? ifFinal(step) : WARN;
        findings.at(
            step.line(),
            "H04-file",
            worst,
            keyword + " puts " + LineParser.quoted(source) + " " + where(step) + ": " + file.what(),
            "Take it out of the copy and into .dockerignore; for the build use"
                + " RUN --mount=type=secret.");
      });
    }
    for (Heredoc heredoc : step.instruction().heredocs()) {
      Matcher m = ASSIGNED.matcher(heredoc.content());
      while (m.find()) {
        String value = plain(m.group(2).strip());
        SecretPatterns.variable(m.group(1), value)
            .filter(c -> c == Certainty.SECRET)
            .ifPresent(c -> found(
                step.line(),
                "H04-file",
                c,
                keyword + " writes " + m.group(1) + "=" + SecretPatterns.mask(value) + " "
                    + where(step)));
      }
    }
  }

  private void run(Step step) {
    List<ShellScript.Command> commands = step.commands();
    for (int i = 0; i < commands.size(); i++) {
      ShellScript.Command command = commands.get(i);
      looked++;
      assignments(step, command);
      options(step, command);
      boolean setsPassword = command.pipedInto().equals("chpasswd");
      for (String word : command.args()) {
        Matcher header = HEADER.matcher(word);
        if (header.find()) {
          found(
              step.line(),
              "H04-run",
              Certainty.SECRET,
              "RUN " + command.program() + " sends the credential "
                  + SecretPatterns.mask(header.group(1)));
        } else if (setsPassword && LOGIN.matcher(word).matches()) {
          found(
              step.line(),
              "H04-run",
              Certainty.SECRET,
              "RUN sets the password of "
                  + LineParser.quoted(word.substring(0, word.indexOf(':'))) + " to "
                  + SecretPatterns.mask(word.substring(word.indexOf(':') + 1)));
        }
      }
    }
    mountedSecrets(step, commands);
    secretArguments(step, commands);
  }

  private void assignments(Step step, ShellScript.Command command) {
    for (String assignment : command.assignments()) {
      int equals = assignment.indexOf('=');
      String name = assignment.substring(0, equals).replace("+", "");
      String value = assignment.substring(equals + 1);
      if (SecretPatterns.variable(name, value).equals(Optional.of(Certainty.SECRET))) {
        // It lasts for the command only, so that a made-up value is usual.
        found(
            step.line(),
            "H04-run",
            STRONG_VALUE.matcher(value).matches() ? Certainty.SECRET : Certainty.PERHAPS,
            "RUN sets " + name + " to " + SecretPatterns.mask(value));
      }
    }
  }

  private void options(Step step, ShellScript.Command command) {
    List<String> args = command.args();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      boolean login = command.program().matches("curl|wget|http") && arg.matches("-u|--user");
      int equals = arg.indexOf('=');
      String value =
          equals > 0 ? arg.substring(equals + 1) : i + 1 < args.size() ? args.get(i + 1) : "";
      if (login && LOGIN.matcher(value).matches()) {
        found(
            step.line(),
            "H04-run",
            Certainty.SECRET,
            "RUN " + command.program() + " logs in with " + SecretPatterns.mask(value));
      } else if (arg.startsWith("--") && !value.startsWith("-")) {
        String name = equals > 0 ? arg.substring(2, equals) : arg.substring(2);
        if (SecretPatterns.variable(name, value).equals(Optional.of(Certainty.SECRET))) {
          found(
              step.line(),
              "H04-run",
              STRONG_VALUE.matcher(value).matches() ? Certainty.SECRET : Certainty.PERHAPS,
              "RUN " + command.program() + " --" + name + " is given "
                  + SecretPatterns.mask(value));
        }
      }
    }
  }

  /** Finds secrets that a build mount keeps out of the image and a command puts back in. */
  private void mountedSecrets(Step step, List<ShellScript.Command> commands) {
    List<String> secrets = new ArrayList<>();
    for (String mount : step.instruction().flags("mount")) {
      Mount m = Mount.parse(mount);
      if (m.is("secret")) {
        String id = m.get("id").or(() -> m.get("source")).orElse("");
        m.get("target").ifPresent(secrets::add);
        m.get("env").ifPresent(name -> secrets.add("$" + name));
        if (m.get("target").isEmpty() && m.get("env").isEmpty() && !id.isEmpty()) {
          secrets.add("/run/secrets/" + id.substring(id.lastIndexOf('/') + 1));
        }
      }
    }
    written(secrets, commands)
        .ifPresent(f -> findings.at(
            step.line(),
            "H04-mount",
            ifFinal(step),
            "RUN writes a mounted secret to " + LineParser.quoted(f) + ", and so " + where(step),
            "Use it where it is mounted, or remove the file in the same RUN."));
  }

  /** Finds secrets that are handed over as build arguments, and that a command writes to a file. */
  private void secretArguments(Step step, List<ShellScript.Command> commands) {
    for (String name : buildArgs) {
      if (SecretPatterns.name(name).equals(Optional.of(Certainty.SECRET))) {
        written(List.of("$" + name), commands)
            .ifPresent(f -> findings.at(
                step.line(),
                "H04-arg",
                ifFinal(step),
                "RUN writes the build argument " + name + " to " + LineParser.quoted(f)
                    + ", and so " + where(step),
                "Use RUN --mount=type=secret in its place, and leave no file of it."));
      }
    }
  }

  /** The first file that one of the secrets is written to and that stays. */
  private static Optional<String> written(
      List<String> secrets, List<ShellScript.Command> commands) {
    for (int i = 0; i < commands.size() && !secrets.isEmpty(); i++) {
      ShellScript.Command command = commands.get(i);
      boolean reads =
          command.words().stream().anyMatch(w -> secrets.stream().anyMatch(s -> mentions(w, s)));
      if (!reads) {
        continue;
      }
      List<String> written = new ArrayList<>(command.writes());
      if (command.program().matches("cp|mv|install") && command.args().size() > 1) {
        written.add(command.args().get(command.args().size() - 1));
      }
      if (command.pipedInto().equals("tee") && i + 1 < commands.size()) {
        written.addAll(commands.get(i + 1).args());
      }
      Optional<String> stays = written.stream()
          .filter(f -> !f.startsWith("/dev/") && !f.startsWith("-") && !removed(f, commands))
          .findFirst();
      if (stays.isPresent()) {
        return stays;
      }
    }
    return Optional.empty();
  }

  private static boolean mentions(String word, String secret) {
    return secret.startsWith("$")
        ? word.matches("(?s).*\\$\\{?" + Pattern.quote(secret.substring(1)) + "(?![A-Za-z0-9_]).*")
        : word.contains(secret);
  }

  private static boolean removed(String file, List<ShellScript.Command> commands) {
    return commands.stream()
        .filter(c -> c.program().matches("rm|shred"))
        .flatMap(c -> c.args().stream())
        .anyMatch(a -> a.equals(file) || file.startsWith(a.endsWith("/") ? a : a + "/"));
  }

  private void content(Instruction instruction) {
    content(instruction, instruction.text());
    instruction.heredocs().forEach(h -> content(instruction, h.content()));
  }

  private void content(Instruction instruction, String text) {
    for (SecretPatterns.Hit hit : SecretPatterns.find(text)) {
      findings.at(
          instruction.line(),
          "H04-content",
          FAIL,
          "the text has " + hit.rule().what() + ": "
              + SecretPatterns.mask(text.substring(hit.start(), hit.end())),
          HAND_OVER);
    }
  }
}
