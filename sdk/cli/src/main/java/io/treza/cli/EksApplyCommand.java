package io.treza.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza eks apply}: puts a deployment on the cluster, and does not wait. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Put a deployment on the cluster, or change it. Returns at once: its pods get traffic only when",
      "somebody attests them, treza eks rollout or a server with a gatekeeper."
    })
final class EksApplyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EksDeploymentOptions deployment = new EksDeploymentOptions();

  @Mixin
  private EksOptions eks = new EksOptions();

  @Override
  public Integer call() {
    return new EksWork(eks.settings(), spec.commandLine().getOut(), false).apply(deployment);
  }
}
