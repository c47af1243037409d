package io.treza.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza eks scale}: how many enclaves a deployment has. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Change how many enclaves a deployment has. Returns at once; new pods get traffic when somebody",
      "attests them, for example treza eks rollout --watch."
    })
final class EksScaleCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "NAME", description = "The deployment's name.")
  private String name = "";

  @Parameters(index = "1", paramLabel = "N", description = "How many; 0 keeps all but the pods.")
  private int replicas;

  @Mixin
  private EksOptions eks = new EksOptions();

  @Override
  public Integer call() {
    return new EksWork(eks.settings(), spec.commandLine().getOut(), false).scale(name, replicas);
  }
}
