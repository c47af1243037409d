package io.treza.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eks check}: what a cluster lacks to run such enclaves. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Say which links between an AWS account and a running enclave a cluster lacks, each with what to",
      "do. Changes nothing."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:nothing is missing", "1:something is", "2:it cannot be told"})
final class EksCheckCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EksOptions eks = new EksOptions();

  @Mixin
  private EksDemandOptions demand = new EksDemandOptions();

  @Option(
      names = "--node-group",
      paramLabel = "NAME",
      description = {
        "Look at this managed node group's launch template and user data, too; with --cluster and",
        "--cluster-region."
      })
  private @Nullable String nodeGroup;

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    return new EksWork(eks.settings(), spec.commandLine().getOut(), json.given())
        .check(demand, nodeGroup);
  }
}
