package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza eks}: enclaves on Kubernetes, in many pods. */
@Command(
    name = "eks",
    description = "Deployments of enclaves on EKS, whose pods get traffic only once attested.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {
      EksCheckCommand.class,
      EksImageCommand.class,
      EksApplyCommand.class,
      EksRolloutCommand.class,
      EksScaleCommand.class,
      EksStatusCommand.class,
      EksRemoveCommand.class
    })
final class EksCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }
}
