package io.treza.cli;

import io.treza.attestation.reference.Release;
import io.treza.publish.Rollout;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza kms plan}: the order in which releases, values and keys change. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Print the order of a rollout: publish both, widen, deploy, drain, publish the new one, narrow.",
      "With --policy, say how far the rollout is by a key policy; the status is 1 unless it is done."
    })
final class KmsPlanCommand implements Callable<Integer> {
  private static final List<Rollout.Step> STEPS = List.of(Rollout.Step.values());

  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "BEFORE", description = "Your reference values in service.")
  private String before = "";

  @Parameters(index = "1", paramLabel = "AFTER", description = "Those that are to be in service.")
  private String after = "";

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "The key policy in force, as aws kms get-key-policy prints it.")
  private @Nullable String policy;

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      Rollout rollout = Rollout.between(ValuesFile.own(before), ValuesFile.own(after));
      Optional<Rollout.Step> next =
          policy == null ? Optional.empty() : rollout.next(Inputs.read(policy));
      PrintWriter out = spec.commandLine().getOut();
      for (Rollout.Step step : STEPS) {
        String mark = next.filter(n -> n == step).isPresent() ? "> " : "  ";
        out.println(mark + number(step) + ". " + describe(step, rollout));
      }
      if (policy != null) {
        out.println(next.map(n -> "By the policy, step " + number(n) + " is the next about"
                + " the key" + (n == Rollout.Step.NARROW ? ", once 3 to 5 are done." : "."))
            .orElse("By the policy, the rollout is done."));
      }
      return policy == null || next.isEmpty() ? Treza.YES : Treza.NO;
    });
  }

  private static int number(Rollout.Step step) {
    return 1 + STEPS.indexOf(step);
  }

  private static String describe(Rollout.Step step, Rollout rollout) {
    boolean leaves = !rollout.leaving().isEmpty();
    return switch (step) {
      case PUBLISH_BOTH ->
        "publish " + names(rollout.both()) + ", signed; wait until every relying party has it";
      case WIDEN -> "widen the key's policy to " + names(rollout.both());
      case DEPLOY ->
        rollout.arriving().isEmpty()
            ? "nothing to deploy: BEFORE has all that AFTER accepts"
            : "deploy " + names(rollout.arriving()) + " and verify it";
      case DRAIN ->
        leaves
            ? "drain " + names(rollout.leaving()) + " until no enclave of it is left"
            : "nothing to drain: AFTER accepts all that BEFORE does; a release leaves by treza pcrs"
                + " revoke";
      case PUBLISH_NEW ->
        (leaves ? "revoke " + names(rollout.leaving()) + " and publish " : "publish ")
            + names(rollout.after());
      case NARROW -> "narrow the key's policy to " + names(rollout.after());
    };
  }

  private static String names(List<Release> releases) {
    return String.join(" and ", releases.stream().map(Release::name).toList());
  }
}
