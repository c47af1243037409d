package io.treza.audit.internal.readiness;

import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.eif.CommandRule;
import io.treza.image.ImageConfig;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Compares the commands that Docker's rule and nitro-cli's give: E01. */
record CommandRules(DockerCommand docker, EnclaveTarget target) {
  private static final Location PLACE = new Location.Configuration("config.Entrypoint");

  /**
   * One finding.
   *
   * @param fate what would stop a command, in words, if anything would
   */
  Finding check(Function<List<String>, Optional<String>> fate) {
    ImageConfig config = docker.config();
    List<String> container = docker.command();
    List<String> nitro = CommandRule.NITRO_CLI.command(config);
    if (container.isEmpty()) {
      return new Finding(
          "E01",
          Result.FAIL,
          "neither ENTRYPOINT nor CMD, so there is nothing to run",
          PLACE,
          "Add an ENTRYPOINT with the absolute path of the program.");
    } else if (container.equals(nitro)) {
      Location place =
          config.entrypoint().isEmpty() ? new Location.Configuration("config.Cmd") : PLACE;
      return new Finding(
          "E01", Result.PASS, "both rules give " + CommandText.json(container), place, "");
    }
    String lost = "nitro-cli would run CMD " + CommandText.json(nitro) + " alone, without "
        + "ENTRYPOINT " + CommandText.json(config.entrypoint());
    Optional<String> end = fate.apply(nitro);
    String then = end.map(why -> ", and end at once: " + why).orElse(", which is another program");
    boolean dies = target.commandRule() == CommandRule.NITRO_CLI && end.isPresent();
    return new Finding("E01", dies ? Result.FAIL : Result.WARN, lost + then, PLACE, docker.fix());
  }
}
