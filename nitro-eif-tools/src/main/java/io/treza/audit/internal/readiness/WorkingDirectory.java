package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks for names in a command that mean a file only as seen from WORKDIR: E07. */
record WorkingDirectory(DockerCommand docker, EnclaveTarget target) {
  private static final Location PLACE = new Location.Configuration("config.WorkingDir");

  List<Finding> check(List<String> command) {
    String directory = ProcessStart.workingDirectory(docker.config());
    if (directory.equals("/")) {
      return List.of(finding("E07", Result.PASS, "WORKDIR is /, where init starts too", ""));
    } else if (target.init() == EnclaveTarget.Init.TREZA) {
      return List.of(finding("E07", Result.PASS, "init starts in " + directory, ""));
    }
    List<Finding> findings = new ArrayList<>();
    for (String item : items(command)) {
      String value = item.startsWith("-") ? item.substring(item.indexOf('=') + 1) : item;
      String named = value.startsWith("-") ? "" : value;
      docker.atWorkingDirectory(named).ifPresent(place -> {
        // A word may be a file's name by chance; one with a dot or slash hardly is.
        boolean sure = named.equals(item) && (item.contains("/") || item.contains("."));
        findings.add(finding(
            "E07-argument",
            sure ? Result.FAIL : Result.WARN,
            "the command has " + CommandText.show(item) + ", which is " + place
                + " in a container; init starts in /, where there is no " + CommandText.show(named),
            docker.fix()));
      });
    }
    if (!command.isEmpty()) {
      directoryOperand(command, directory).ifPresent(findings::add);
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

  /** A script that is found in WORKDIR alone by what its interpreter adds to the name. */
  private Optional<Finding> directoryOperand(List<String> command, String directory) {
    Optional<ScriptOperand> operand = ScriptOperand.of(command)
        .filter(o -> !o.name().startsWith("/"))
        .filter(o -> o.find(docker.files(), "/").isEmpty())
        .filter(o -> docker.atWorkingDirectory(o.name()).isEmpty());
    return operand
        .flatMap(o -> o.find(docker.files(), directory))
        .map(place -> finding(
            "E07-argument",
            Result.FAIL,
            "the command has " + CommandText.show(operand.get().name()) + ", which is " + place
                + " in a container; init starts in /, where there is no such file",
            "Write " + place + "."));
  }

  /** Arguments, and the words of what a shell is given, if that is one simple command. */
  private static List<String> items(List<String> command) {
    if (command.isEmpty()) {
      return List.of();
    }
    List<String> items = new ArrayList<>(command.subList(1, command.size()));
    ShellLine.of(command).ifPresent(line -> {
      items.remove(line);
      items.addAll(ShellLine.words(line));
    });
    return items;
  }

  private static Finding finding(String id, Result result, String message, String fix) {
    return new Finding(id, result, message, PLACE, fix);
  }
}
