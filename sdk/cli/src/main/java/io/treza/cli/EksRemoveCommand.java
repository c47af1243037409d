package io.treza.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza eks remove}: ends a deployment, and waits until nothing of it is left. */
@Command(
    name = "remove",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "End a deployment's enclaves, and wait until nothing of it is left on the cluster.")
final class EksRemoveCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "The deployment's name.")
  private String name = "";

  @Option(
      names = "--timeout",
      paramLabel = "D",
      defaultValue = "2m",
      converter = Durations.class,
      description = "How long to wait. Default ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO;

  @Mixin
  private EksOptions eks = new EksOptions();

  @Override
  public Integer call() {
    return new EksWork(eks.settings(), spec.commandLine().getOut(), false).remove(name, timeout);
  }
}
