package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.SimulatedBackend;
import io.treza.platform.TrezaPlatform;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code treza serve}: the platform's REST API on this machine, with simulated enclaves. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Serve the Treza REST API on this machine's loopback, with simulated enclaves.",
      "",
      "Enclaves are built and measured for real and never boot; their documents verify only under"
          + " the development root, whose certificate is named when the server has started.",
      ""
    })
final class ServeCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "3000",
      description = "Port; 0 takes a free one. Default ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      defaultValue = "images",
      description = {
        "Where container images lie. dockerImage names one of them, for example",
        "docker-archive:service.tar or oci:service. Default ${DEFAULT-VALUE}."
      })
  private Path images = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ".treza",
      description =
          "Where enclave images and the development root are kept. Default" + " ${DEFAULT-VALUE}.")
  private Path data = Path.of("");

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Demand the bearer token in this file of every caller.")
  private Path tokenFile = Path.of("");

  @Option(
      names = "--json",
      description = "Announce address and development root as one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    if (port < 0 || port > 65535) {
      throw new ParameterException(spec.commandLine(), "--port must be 0 to 65535.");
    }
    PrintWriter out = spec.commandLine().getOut();
    try {
      SimulatedBackend backend = SimulatedBackend.builder(
              Placeholders.kernel(data), Placeholders.CMDLINE, Placeholders.bootstrap())
          .imagesDirectory(images)
          .workDirectory(data)
          .build();
      Path root = Files.write(
          data.resolve("development-root.der"), backend.trustAnchor().certificate());
      TrezaPlatform.Builder builder = TrezaPlatform.builder(backend).port(port);
      if (!tokenFile.toString().isEmpty()) {
        builder.bearerToken(Files.readString(tokenFile).strip());
      }
      try (TrezaPlatform platform = builder.start()) {
        out.println(json ? announcement(platform, root) : platform.baseUrl());
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println("Simulated enclaves: they prove nothing about hardware.");
        err.println("Development root: " + root + " (treza attestation verify --root)");
        err.println("Images: " + images + ". Stop with Ctrl-C.");
        new CountDownLatch(1).await();
        return Treza.YES;
      }
    } catch (InterruptedException e) {
      // Asked to stop: the platform has closed and ended its enclaves.
      return Treza.YES;
    } catch (IOException e) {
      throw new Unusable("cannot serve: " + e.getMessage(), e);
    }
  }

  private static ObjectNode announcement(TrezaPlatform platform, Path root) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("url", platform.baseUrl().toString())
        .put("backend", "simulated")
        .put("development_root", root.toString());
  }
}
