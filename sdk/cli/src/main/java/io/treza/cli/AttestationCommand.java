package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza attestation}: everything about attestation documents. */
@Command(
    name = "attestation",
    description = "Verify or show attestation documents.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {AttestationVerifyCommand.class, AttestationShowCommand.class})
final class AttestationCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say verify or show.");
  }
}
