package io.treza.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza eks status}: what the cluster says of deployments and their pods. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Print what the cluster says of deployments and their pods: claims, all of them. What pods really",
      "run, treza fleet verify --eks NAME says."
    })
final class EksStatusCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "One deployment. Default: all.")
  private @Nullable String name;

  @Mixin
  private EksOptions eks = new EksOptions();

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    return new EksWork(eks.settings(), spec.commandLine().getOut(), json.given()).status(name);
  }
}
