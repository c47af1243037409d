package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza image}: everything about container images. */
@Command(
    name = "image",
    description = "Audit container images for hardening, and for life in an enclave.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {ImageAuditCommand.class})
final class ImageCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }
}
