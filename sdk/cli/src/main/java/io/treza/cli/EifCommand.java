package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza eif}: from container images to enclave image files. */
@Command(
    name = "eif",
    description = "Build or measure enclave image files, without Docker.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {EifBuildCommand.class, EifMeasureCommand.class})
final class EifCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say build or measure.");
  }
}
