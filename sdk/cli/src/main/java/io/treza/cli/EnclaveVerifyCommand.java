package io.treza.cli;

import io.treza.attestation.Expectation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave verify}: asks for evidence with a fresh nonce and judges it here. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Verify what an enclave runs: ask for evidence with a fresh nonce, and judge it here.",
      "",
      "What the platform thinks of it is neither asked for nor looked at.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:the evidence verified",
      "1:it was refused",
      "2:bad usage, or there is no evidence"
    })
final class EnclaveVerifyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "The enclave.")
  private String id = "";

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Mixin
  private EvidenceOptions evidence = new EvidenceOptions();

  @Mixin
  private DemandOptions demands = new DemandOptions();

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    return EnclaveAnswer.of(spec, () -> evidence.addTo(platform.client()), client -> {
      Expectation.NonceStage accepted = evidence.accepted();
      return evidence.verdict(
          id,
          json,
          () -> client.verifyAttestation(id, accepted, e -> evidence.demands(demands.addTo(e))));
    });
  }
}
