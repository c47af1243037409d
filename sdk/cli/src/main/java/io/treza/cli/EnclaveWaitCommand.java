package io.treza.cli;

import io.treza.attestation.Expectation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave wait}: until an enclave is what it shall be, or never will be. */
@Command(
    name = "wait",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Wait for an enclave: until its evidence verifies, with --pcrs or its like, or else for a"
          + " status.",
      "",
      "DEPLOYED is what the platform says, and does not show that anything runs.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:it is as wanted",
      "1:it never will be, or its evidence was refused",
      "2:bad usage, or not in time"
    })
final class EnclaveWaitCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "The enclave.")
  private String id = "";

  @Option(
      names = "--for",
      paramLabel = "STATUS",
      defaultValue = "DEPLOYED",
      description = "${COMPLETION-CANDIDATES}. Default ${DEFAULT-VALUE}.")
  private Goal goal = Goal.DEPLOYED;

  @Mixin
  private WaitOptions waiting = new WaitOptions();

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Mixin
  private EvidenceOptions evidence = new EvidenceOptions();

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    if (evidence.given() && goal != Goal.DEPLOYED) {
      throw new ParameterException(
          spec.commandLine(), "Evidence is verified of what is deployed; leave out --for.");
    }
    return EnclaveAnswer.of(spec, () -> evidence.addTo(platform.client()), client -> {
      if (evidence.given()) {
        Expectation.NonceStage accepted = evidence.accepted();
        return waiting.untilAttested(client, id, accepted, evidence, json);
      }
      spec.commandLine().getOut().println(waiting.until(goal, client, id));
      return Treza.YES;
    });
  }
}
