package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.TrezaPlatform;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code treza serve}: the platform's REST API on this machine. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Serve the Treza REST API on this machine's loopback, with simulated or emulated enclaves.",
      "",
      "Enclaves are built and measured for real, and boot in QEMU or not at all; their documents"
          + " verify only under the development root, whose certificate is named when the server has"
          + " started.",
      ""
    })
final class ServeCommand implements Callable<Integer> {
  private static final String MAX_REQUEST_SECONDS = "30";

  @Spec
  private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "3000",
      description = "Port; 0 takes a free one. Default ${DEFAULT-VALUE}.")
  private int port;

  @Mixin
  private BackendOptions backendOptions = new BackendOptions();

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
    if (!Files.isDirectory(images)) {
      throw new Unusable(images + " is no directory; make it, or name another with --images");
    }
    // Read by the JDK's server when it starts: a client that dawdles must not hold a thread for
    // ever.
    System.setProperty("sun.net.httpserver.maxReqTime", MAX_REQUEST_SECONDS);
    PrintWriter out = spec.commandLine().getOut();
    try {
      BackendOptions.Chosen chosen = backendOptions.choose(images, data);
      EnclaveBackend backend = chosen.backend();
      Path root = Files.write(
          data.resolve("development-root.der"), backend.trustAnchor().certificate());
      TrezaPlatform.Builder builder = TrezaPlatform.builder(backend).port(port);
      if (!tokenFile.toString().isEmpty()) {
        builder.bearerToken(Files.readString(tokenFile).strip());
      }
      try (TrezaPlatform platform = builder.start()) {
        Runtime.getRuntime().addShutdownHook(new Thread(platform::close, "treza-close"));
        out.println(json ? announcement(platform, backend, root) : platform.baseUrl());
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println(chosen.nature() + " enclaves: they prove nothing about hardware.");
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

  private static ObjectNode announcement(
      TrezaPlatform platform, EnclaveBackend backend, Path root) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("url", platform.baseUrl().toString())
        .put("backend", backend.name())
        .put("development_root", root.toString());
  }
}
