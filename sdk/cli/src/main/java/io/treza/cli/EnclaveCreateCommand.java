package io.treza.cli;

import io.treza.attestation.Expectation;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave create}: asks for an enclave and, if wanted, waits until it is verified. */
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Create an enclave and print its id.",
      "",
      "With --wait, waits until the platform says it is deployed; with --pcrs or its like as well,"
          + " until its evidence verifies.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:created, and deployed or verified as far as asked",
      "1:created, but it failed or its evidence was refused",
      "2:bad usage, not created, or not ready in time"
    })
final class EnclaveCreateCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(
      paramLabel = "IMAGE",
      description = "What to run, as the platform names images. Pin it by digest if it lets you.")
  private String image = "";

  @Option(names = "--name", required = true, description = "What to call it.")
  private String name = "";

  @Option(names = "--description", paramLabel = "TEXT", description = "Default: its name.")
  private @Nullable String description;

  @Option(names = "--region", required = true, description = "Where to run it: us-east-1.")
  private String region = "";

  @Option(
      names = "--provider",
      paramLabel = "ID",
      defaultValue = "aws-nitro",
      description = "Who runs it. Default ${DEFAULT-VALUE}.")
  private String provider = "";

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "2",
      description = "vCPUs of the enclave. Default ${DEFAULT-VALUE}.")
  private int cpus;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      defaultValue = "1024",
      description = "Memory of the enclave. Default ${DEFAULT-VALUE}.")
  private int memory;

  @Option(
      names = "--instance-type",
      paramLabel = "TYPE",
      defaultValue = "m6i.xlarge",
      description = "The parent instance. Default ${DEFAULT-VALUE}.")
  private String instanceType = "";

  @Option(
      names = "--expose",
      paramLabel = "PORT",
      description = {
        "TCP port of the workload to reach from outside, of those that the image exposes. May be given",
        "several times."
      })
  private List<Integer> exposed = List.of();

  @Option(
      names = "--allow",
      paramLabel = "HOST:PORT",
      description = {
        "What the workload may reach, of what its image allows: api.example.com:443,",
        "*.example.com:443. May be given several times."
      })
  private List<String> allowed = List.of();

  @Option(
      names = "--env-file",
      paramLabel = "FILE",
      description = {
        "Environment variables, as one JSON object; - is standard input. For platforms that take any:",
        "better set them in the image, so that they are measured."
      })
  private @Nullable String environment;

  @Option(
      names = "--setting",
      paramLabel = "NAME=TEXT",
      description = "Any other setting of the provider. May be given several times.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--debug",
      description = "Insecure: lets the operator read its console and memory.")
  private boolean debug;

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Option(names = "--wait", description = "Wait until it is deployed, or verified.")
  private boolean wait;

  @Mixin
  private WaitOptions waiting = new WaitOptions();

  @Mixin
  private EvidenceOptions evidence = new EvidenceOptions();

  @Mixin
  private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    if (evidence.given() && !wait) {
      throw new ParameterException(
          spec.commandLine(), "To verify it, wait until it runs: add --wait.");
    }
    return EnclaveAnswer.of(spec, () -> evidence.addTo(platform.client()), client -> {
      // All is read before anything is created: a missing file must not leave an enclave behind.
      CreateEnclaveRequest request = request();
      Optional<Expectation.NonceStage> accepted =
          evidence.given() ? Optional.of(evidence.accepted()) : Optional.empty();
      Enclave enclave = client.createEnclave(request);
      print(enclave);
      if (accepted.isPresent()) {
        return waiting.untilAttested(client, enclave.id(), accepted.get(), evidence, json);
      }
      if (wait) {
        String done = waiting.until(Goal.DEPLOYED, client, enclave.id());
        spec.commandLine().getErr().println(done);
      }
      return Treza.YES;
    });
  }

  private void print(Enclave enclave) {
    PrintWriter out = spec.commandLine().getOut();
    if (json.given()) {
      new EnclaveView(out, true).one(enclave);
    } else {
      out.println(Printable.text(enclave.id()));
    }
    out.flush();
  }

  private CreateEnclaveRequest request() {
    CreateEnclaveRequest.Builder request = CreateEnclaveRequest.builder(image)
        .name(name)
        .description(description == null ? name : description)
        .region(region)
        .providerId(provider)
        .cpuCount(cpus)
        .memoryMiB(memory)
        .instanceType(instanceType);
    if (environment != null) {
      request.setting(
          "environmentVariables", new String(Inputs.read(environment), StandardCharsets.UTF_8));
    }
    exposed.forEach(request::exposePort);
    allowed.forEach(request::allowHost);
    settings.forEach(request::setting);
    if (debug) {
      request.enableDebug();
    }
    return request.build();
  }
}
