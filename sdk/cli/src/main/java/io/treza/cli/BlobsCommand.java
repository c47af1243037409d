package io.treza.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza blobs}: the kernel, init and modules of AWS's that enclaves boot from. */
@Command(
    name = "blobs",
    description = "Fetch and identify the kernel and init of AWS's that enclaves boot from.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {BlobsPullCommand.class, BlobsIdentifyCommand.class})
final class BlobsCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }
}
