package io.treza.cli;

import io.treza.attestation.Expectation;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code treza eks rollout}: puts a deployment on the cluster over attested pods only. */
@Command(
    name = "rollout",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Put a deployment on the cluster, or change it, pod by pod: each new one gets traffic, and an old",
      "one goes, only when its evidence was verified here. If one is refused, what ran before is put",
      "back. While it runs, both releases must be among those accepted.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:all pods run it, and each was verified",
      "1:it was put back, or did not come about in time",
      "2:bad usage, or the cluster cannot be asked"
    })
final class EksRolloutCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EksDeploymentOptions deployment = new EksDeploymentOptions();

  @Mixin
  private EksOptions eks = new EksOptions();

  @ArgGroup(heading = "%nWhat each must measure to (one of):%n")
  private @Nullable MeasurementOptions measurements;

  @ArgGroup(validate = false, heading = "%nWho must have signed reference values:%n")
  private TrustOptions trust = new TrustOptions();

  @ArgGroup(validate = false, heading = "%nHow to judge:%n")
  private JudgeOptions judge = new JudgeOptions();

  @Mixin
  private DemandOptions demands = new DemandOptions();

  @Option(
      names = "--timeout",
      paramLabel = "D",
      defaultValue = "10m",
      converter = Durations.class,
      description = "How long it may take. Default ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--watch",
      description = {
        "Then stay, and attest pods that Kubernetes starts later, and all of them again every 5 minutes;",
        "until Ctrl-C. Without it such pods get no traffic."
      })
  private boolean watch;

  @Override
  public Integer call() {
    if (measurements == null) {
      throw new ParameterException(
          spec.commandLine(), "Say what they must measure to: --pcrs FILE of your own build.");
    }
    MeasurementOptions accepted = measurements;
    try {
      Expectation.NonceStage stage = accepted.expectation(trust, null);
      return new EksWork(eks.settings(), spec.commandLine().getOut(), false)
          .rollOut(
              deployment,
              judge.verifier().build(),
              nonce -> judge.addTo(demands.addTo(stage.nonce(nonce))),
              timeout,
              watch);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    }
  }
}
