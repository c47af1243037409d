package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.internal.image.SurveyedFile;
import io.treza.eif.CommandRule;
import io.treza.image.ImageConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The command as a container runs it, and how to write it so that an enclave runs the same. */
record DockerCommand(ImageConfig config, EnclaveFiles files) {
  List<String> command() {
    return CommandRule.DOCKER.command(config);
  }

  /** What to do: the command in one instruction, every name absolute that is known to be a file. */
  String fix() {
    List<String> mended = mended();
    return mended.isEmpty()
        ? "Write ENTRYPOINT with the absolute path of the program."
        : "Write ENTRYPOINT " + CommandText.json(mended) + " and CMD [].";
  }

  /** The command with absolute names. */
  List<String> mended() {
    List<String> whole = command();
    List<String> words =
        whole.isEmpty() ? List.of() : ShellLine.of(whole).map(ShellLine::words).orElse(List.of());
    // A shell that only starts one program is not needed.
    List<String> command = words.isEmpty() ? whole : words;
    List<String> mended = new ArrayList<>();
    for (int i = 0; i < command.size(); i++) {
      String item = command.get(i);
      mended.add(i == 0 ? program(item) : atWorkingDirectory(item).orElse(item));
    }
    return mended;
  }

  /** The absolute name of a file that a relative name means in WORKDIR, and nothing in the root. */
  Optional<String> atWorkingDirectory(String name) {
    String directory = ProcessStart.workingDirectory(config);
    if (name.isEmpty() || name.startsWith("/") || name.startsWith("-") || name.length() > 4000) {
      return Optional.empty();
    }
    String place = EnclaveFiles.absolute(name.replaceFirst("^(?:\\./+)+", ""), directory);
    return files.at(place).isPresent() && files.at("/" + name).isEmpty()
        ? Optional.of(place)
        : Optional.empty();
  }

  private String program(String name) {
    String directory = ProcessStart.workingDirectory(config);
    if (name.contains("/")) {
      return EnclaveFiles.absolute(name.replaceFirst("^(?:\\./+)+", ""), directory);
    }
    return ProcessStart.of(EnclaveTarget.Init.TREZA, config, files).path().stream()
        .map(d -> EnclaveFiles.absolute(EnclaveFiles.absolute(name, d), directory))
        .filter(place -> files.at(place).filter(SurveyedFile::program).isPresent())
        .findFirst()
        .orElse(name);
  }
}
