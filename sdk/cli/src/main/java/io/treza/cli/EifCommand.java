package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza eif}: everything about enclave image files. */
@Command(
    name = "eif",
    description = "Build, check, sign and compare enclave image files, without Docker.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {
      EifBuildCommand.class,
      EifMeasureCommand.class,
      EifVerifyBuildCommand.class,
      EifDescribeCommand.class,
      EifLintCommand.class,
      EifDiffCommand.class,
      EifSignCommand.class,
      EifPcrCommand.class,
      EifExtractCommand.class
    })
final class EifCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }
}
