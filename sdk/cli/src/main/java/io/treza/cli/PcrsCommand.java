package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza pcrs}: reference values, from the build to the relying party. */
@Command(
    name = "pcrs",
    description = "Publish what was built as signed reference values, and check them.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {
      PcrsPublishCommand.class,
      PcrsSignCommand.class,
      PcrsVerifyCommand.class,
      PcrsShowCommand.class,
      PcrsDeprecateCommand.class,
      PcrsRevokeCommand.class,
      PcrsDiffCommand.class,
      PcrsRescanCommand.class,
      PcrsPushCommand.class,
      PcrsPullCommand.class
    })
final class PcrsCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }
}
