package io.treza.cli;

import io.treza.attestation.Expectation;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.Wait;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How long to wait for an enclave, and what is told meanwhile. */
final class WaitOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      defaultValue = "15m",
      converter = Durations.class,
      description = "How long to wait: 90s, 15m. Default ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--poll",
      paramLabel = "D",
      defaultValue = "5s",
      converter = Durations.class,
      description = "How often to look. Default ${DEFAULT-VALUE}.")
  private Duration poll = Duration.ZERO;

  /** A call that waits, and what it may find. */
  @FunctionalInterface
  private interface Waiting<T, E extends Exception> {
    T until(Wait wait) throws InterruptedException, E;
  }

  /** Waits for a status and returns what to say then. */
  String until(Goal goal, TrezaClient client, String enclaveId) throws InterruptedException {
    return telling(enclaveId, wait -> goal.await(client, enclaveId, wait));
  }

  /** Tells on standard error how far it is: in a line that changes, or a line for each change. */
  private <T, E extends Exception> T telling(String enclaveId, Waiting<T, E> call)
      throws InterruptedException, E {
    ChangingLine line = ChangingLine.on(spec.commandLine().getErr());
    try {
      return call.until(Wait.atMost(timeout)
          .every(poll)
          .telling(progress -> line.show(Printable.text(enclaveId + ": " + progress.why())
              + (line.changes() ? ", " + progress.elapsed().toSeconds() + " s" : ""))));
    } finally {
      line.end();
    }
  }

  /** Waits until evidence verifies, and prints the verdict. */
  int untilAttested(
      TrezaClient client,
      String enclaveId,
      Expectation.NonceStage accepted,
      EvidenceOptions evidence,
      JsonOption json)
      throws InterruptedException {
    return evidence.verdict(
        enclaveId,
        json,
        () -> telling(
            enclaveId,
            wait -> client.waitUntilAttested(enclaveId, accepted, evidence::demands, wait)));
  }
}
