package io.treza.cli;

import io.treza.sdk.Enclave;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave run}: a program of this machine in a simulated enclave's place. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Run a program here in the place of a simulated enclave's workload.",
      "",
      "It finds the attestation agent at TREZA_AGENT_SOCKET and, if the image allows any host, the"
          + " proxy to them at HTTPS_PROXY. Where it listens on 127.0.0.1 at an exposed port, it is"
          + " reached as the record says. Nothing separates it from the rest of this machine.",
      "",
      "It has this command's environment without the variables that begin with TREZA_, which are"
          + " this command's own, such as the API key, and without this machine's proxies. Others it is"
          + " given with: -- env NAME=VALUE PROGRAM.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"*:the program's own", "2:also bad usage, or nothing was run"})
final class EnclaveRunCommand implements Callable<Integer> {
  /** What variables of this command's own begin with. */
  private static final String OWN = "TREZA_";

  /** Ways out of this machine, and round the enclave's own; as programs read them, in any case. */
  private static final Set<String> PROXIES =
      Set.of("http_proxy", "https_proxy", "all_proxy", "no_proxy");

  /** As an enclave's init has it, that the way to the program itself is no way out. */
  private static final String ITSELF = "localhost,127.0.0.1";

  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ID", description = "The enclave.")
  private String id = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "WORD",
      description = "The program and its arguments, after --.")
  private List<String> words = List.of();

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Override
  public Integer call() {
    return EnclaveAnswer.of(spec, platform::client, client -> {
      Enclave.StandIn standIn = client
          .getEnclave(id)
          .standIn()
          .orElseThrow(() -> new Unusable(
              id + " is not simulated by a server on this machine, or" + " not deployed"));
      return run(standIn);
    });
  }

  private int run(Enclave.StandIn standIn) throws InterruptedException {
    if (!Files.exists(standIn.agentSocket())) {
      throw new Unusable("the server's agent is not on this machine: there is no "
          + Printable.text(standIn.agentSocket().toString()));
    }
    ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
    Map<String, String> environment = builder.environment();
    withoutOwn(environment);
    environment.put("TREZA_AGENT_SOCKET", standIn.agentSocket().toString());
    standIn.egressProxy().map(EnclaveRunCommand::ofThisMachine).ifPresent(proxy -> {
      environment.put("HTTPS_PROXY", proxy.toString());
      environment.put("https_proxy", proxy.toString());
      environment.put("NO_PROXY", ITSELF);
      environment.put("no_proxy", ITSELF);
    });
    Process program;
    try {
      program = builder.start();
    } catch (IOException e) {
      throw new Unusable(words.get(0) + " cannot be run: " + e.getMessage(), e);
    }
    spec.commandLine().getErr().println("Simulated: this proves nothing about hardware.");
    // However this ends: by a signal, or interrupted.
    Runtime.getRuntime().addShutdownHook(new Thread(program::destroy, "treza-end"));
    try {
      return program.waitFor();
    } finally {
      program.destroy();
    }
  }

  /** An enclave's workload has no credentials of whoever started it, and none of his proxies. */
  static void withoutOwn(Map<String, String> environment) {
    environment
        .keySet()
        .removeIf(name -> name.startsWith(OWN) || PROXIES.contains(name.toLowerCase(Locale.ROOT)));
  }

  /** Whoever answers for the platform must not lead the program's connections elsewhere. */
  private static URI ofThisMachine(URI proxy) {
    if (!"127.0.0.1".equals(proxy.getHost())) {
      throw new Unusable(
          "the record's proxy is not on this machine: " + Printable.text(proxy.toString()));
    }
    return proxy;
  }
}
