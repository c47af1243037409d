package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza kms}: key policies that let in what reference values name. */
@Command(
    name = "kms",
    description = "Key policies of AWS KMS for the enclaves of published releases.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {KmsPolicyCommand.class, KmsCheckCommand.class, KmsPlanCommand.class})
final class KmsCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }
}
