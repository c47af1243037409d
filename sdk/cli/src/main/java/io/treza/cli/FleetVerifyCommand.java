package io.treza.cli;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.fleet.FleetReport;
import io.treza.sdk.fleet.FleetVerifier;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza fleet verify}: asks every member for evidence anew and says who runs what. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Verify every member of a fleet: ask each for evidence with a nonce of its own, judge it here,"
          + " and say who runs what.",
      "",
      "FILE is {\"members\": [...]}; a member is {\"name\": \"a\", \"address\": \"https://host:port\"},"
          + " whose evidence must bind the key of that connection, or {\"enclave\": \"enc_1\"}, of"
          + " which the platform shows evidence.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every member verified",
      "1:a member was refused, or could not be reached",
      "2:bad usage"
    })
final class FleetVerifyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The members; - is standard input.")
  private @Nullable String file;

  @Option(
      names = "--eks",
      paramLabel = "NAME",
      description = "All pods of a deployment of treza eks, in place of FILE.")
  private @Nullable String deployment;

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

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "32",
      description = "How many members are asked at a time. Default ${DEFAULT-VALUE}.")
  private int concurrency;

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    if (measurements == null) {
      throw new ParameterException(
          spec.commandLine(), "Say what they must measure to: --pcrs FILE of your own build.");
    }
    if ((file == null) == (deployment == null)) {
      throw new ParameterException(spec.commandLine(), "Say which members: FILE or --eks NAME.");
    }
    try {
      AttestationVerifier verifier = judge.verifier().build();
      Expectation.NonceStage accepted = measurements.expectation(trust, null);
      FleetVerifier judges = FleetVerifier.builder(verifier, accepted)
          .demanding(expectation -> judge.addTo(demands.addTo(expectation)))
          .concurrency(concurrency)
          .build();
      FleetReport report = file == null
          ? new EksWork(eks.settings(), spec.commandLine().getOut(), json.given())
              .verify(String.valueOf(deployment), judges)
          : verify(judges, FleetFile.read(file));
      new FleetPrinter(spec.commandLine().getOut(), json.given()).print(report);
      return report.allVerified() ? Treza.YES : Treza.NO;
    } catch (TrezaException | IllegalArgumentException | IllegalStateException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unusable("interrupted", e);
    }
  }

  private FleetReport verify(FleetVerifier judges, FleetFile fleet) throws InterruptedException {
    if (!fleet.needsPlatform()) {
      return judges.verify(fleet.members(FleetFile.NO_PLATFORM));
    }
    try (TrezaClient client = platform.client().build()) {
      return judges.verify(fleet.members(client.evidenceSource()));
    }
  }
}
