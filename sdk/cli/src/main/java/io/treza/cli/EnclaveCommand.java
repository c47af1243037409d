package io.treza.cli;

import io.treza.sdk.Enclave;
import io.treza.sdk.TrezaClient;
import java.util.function.BiFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave}: the enclaves of a platform; commands of a single call are its methods. */
@Command(
    name = "enclave",
    description = "Create enclaves on a platform, verify what they run, and talk to them.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {
      EnclaveCreateCommand.class,
      EnclaveWaitCommand.class,
      EnclaveVerifyCommand.class,
      EnclaveCurlCommand.class,
      EnclaveConnectCommand.class,
      EnclaveRunCommand.class,
      EnclaveLogsCommand.class
    })
final class EnclaveCommand implements Runnable {
  private static final String ID = "The enclave.";
  private static final String WAIT = "Wait until it is done.";

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Say which COMMAND to run.");
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List the wallet's enclaves.")
  int list(@Mixin PlatformOptions platform, @Mixin JsonOption json) {
    return EnclaveAnswer.of(spec, platform::client, client -> {
      new EnclaveView(spec.commandLine().getOut(), json.given()).all(client.getEnclaves());
      return Treza.YES;
    });
  }

  @Command(
      name = "get",
      mixinStandardHelpOptions = true,
      description = "Show the platform's record of an enclave.")
  int get(
      @Parameters(paramLabel = "ID", description = ID) String id,
      @Mixin PlatformOptions platform,
      @Mixin JsonOption json) {
    return EnclaveAnswer.of(spec, platform::client, client -> {
      new EnclaveView(spec.commandLine().getOut(), json.given()).one(client.getEnclave(id));
      return Treza.YES;
    });
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Stop a deployed enclave so that it can be resumed.")
  int pause(
      @Parameters(paramLabel = "ID", description = ID) String id,
      @Mixin PlatformOptions platform,
      @Option(names = "--wait", description = WAIT) boolean wait,
      @Mixin WaitOptions waiting) {
    return act(id, platform, TrezaClient::pauseEnclave, wait, waiting, Goal.PAUSED);
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Start a paused enclave again.")
  int resume(
      @Parameters(paramLabel = "ID", description = ID) String id,
      @Mixin PlatformOptions platform,
      @Option(names = "--wait", description = WAIT) boolean wait,
      @Mixin WaitOptions waiting) {
    return act(id, platform, TrezaClient::resumeEnclave, wait, waiting, Goal.RESUMED);
  }

  @Command(
      name = "terminate",
      mixinStandardHelpOptions = true,
      description = "Stop a deployed, paused or failed enclave for good.")
  int terminate(
      @Parameters(paramLabel = "ID", description = ID) String id,
      @Mixin PlatformOptions platform,
      @Option(names = "--wait", description = WAIT) boolean wait,
      @Mixin WaitOptions waiting) {
    return act(id, platform, TrezaClient::terminateEnclave, wait, waiting, Goal.DESTROYED);
  }

  private int act(
      String id,
      PlatformOptions platform,
      BiFunction<TrezaClient, String, Enclave> action,
      boolean wait,
      WaitOptions waiting,
      Goal goal) {
    return EnclaveAnswer.of(spec, platform::client, client -> {
      Enclave enclave = action.apply(client, id);
      spec.commandLine()
          .getOut()
          .println(
              wait
                  ? waiting.until(goal, client, id)
                  : id + " is " + Printable.text(enclave.status().toString()));
      return Treza.YES;
    });
  }

  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Delete the record of a destroyed or failed enclave.")
  int delete(
      @Parameters(paramLabel = "ID", description = ID) String id, @Mixin PlatformOptions platform) {
    return EnclaveAnswer.of(spec, platform::client, client -> {
      client.deleteEnclave(id);
      spec.commandLine().getOut().println(id + " is " + Goal.DELETED);
      return Treza.YES;
    });
  }
}
