package io.treza.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.TrustAnchor;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.Limits;
import io.treza.platform.TrezaPlatform;
import io.treza.platform.kms.SimulatedKms;
import io.treza.platform.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
      "Serve the Treza REST API on this machine's loopback, with simulated or emulated enclaves, or"
          + " with Nitro enclaves in an AWS account (--backend ec2 or eks).",
      "",
      "Enclaves are built and measured for real, and on this machine boot in QEMU or not at all;"
          + " their documents then verify only under the development root, whose certificate is"
          + " named when the server has started.",
      "",
      "Every request takes an API key. The first start makes one and prints it, this once: what is"
          + " kept is its hash.",
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

  @Mixin
  private BackendOptions backendOptions = new BackendOptions();

  @Option(
      names = "--backend-setting",
      paramLabel = "NAME=VALUE",
      description = {
        "For --backend ec2, which runs enclaves in an AWS account: region, subnet, security-groups,",
        "instance-profile, bucket and blobs are needed; docs/aws.md has them all. For --backend eks,",
        "which runs them on a Kubernetes cluster, docs/eks.md has them. May be repeated."
      })
  private Map<String, String> backendSettings = Map.of();

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
      description = "Where enclaves, keys' hashes and the development root are kept. Default"
          + " ${DEFAULT-VALUE}.")
  private Path data = Path.of("");

  @Mixin
  private StoreOption store = new StoreOption();

  @Option(
      names = "--wallet",
      paramLabel = "ADDRESS",
      description = "Whose enclaves the API key reaches that is made now. Default: one made up at"
          + " the first start.")
  private Optional<String> wallet = Optional.empty();

  @Option(
      names = "--new-key",
      description = "Make another API key, for example because the first one is lost.")
  private boolean newKey;

  @Option(
      names = "--requests-per-second",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many each API key may send. Default ${DEFAULT-VALUE}.")
  private int requestsPerSecond;

  @Option(
      names = "--kms-port",
      paramLabel = "N",
      description = {
        "Also serve a stand-in for AWS KMS that releases secrets to these enclaves only; 0 takes a",
        "free port. An access key is the name of a role. Its keys are kept in the clear."
      })
  private Optional<Integer> kmsPort = Optional.empty();

  @Option(
      names = "--kms-host",
      paramLabel = "NAME",
      description = {
        "Another name that this stand-in is called by; its certificate is for localhost and",
        "kms.us-east-1.amazonaws.com, which enclaves on this machine find it by. May be repeated."
      })
  private List<String> kmsHosts = List.of();

  @Option(
      names = "--kms-insecure-http",
      description = "Serve this stand-in without TLS, so that anybody between makes its answers.")
  private boolean kmsInsecureHttp;

  @Option(
      names = "--json",
      description = "Announce address, development root and API key as one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    requirePort("--port", port);
    kmsPort.ifPresent(number -> requirePort("--kms-port", number));
    if (wallet.filter(String::isBlank).isPresent()) {
      throw new ParameterException(spec.commandLine(), "--wallet must not be empty.");
    }
    if (!Files.isDirectory(images)) {
      throw new Unusable(images + " is no directory; make it, or name another with --images");
    }
    PrintWriter out = spec.commandLine().getOut();
    try {
      BackendOptions.Served served = backendOptions.serve(images, data, backendSettings);
      EnclaveBackend backend = served.backend();
      Optional<Path> root = developmentRoot(backend.trustAnchor());
      TrezaPlatform.Builder builder =
          TrezaPlatform.builder(backend).port(port).dataDirectory(data).limits(limits());
      store.open().ifPresent(builder::store);
      // First, since enclaves that go on may reach out to it at once.
      try (AtEnd kms = new AtEnd(simulatedKms(backend));
          TrezaPlatform platform = builder.start()) {
        Runtime.getRuntime().addShutdownHook(new Thread(platform::close, "treza-close"));
        Optional<FirstKey> key = FirstKey.of(platform, data, wallet, newKey);
        if (json) {
          out.println(announcement(platform, backend, root, key, kms.server()));
        } else {
          out.println(platform.baseUrl());
          key.ifPresent(made -> {
            out.println("TREZA_WALLET_ADDRESS=" + made.wallet());
            out.println("TREZA_API_KEY=" + made.key());
          });
        }
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        kms.server().ifPresent(server -> describe(server, err));
        if (key.isPresent()) {
          err.println("Keep the API key: it is not shown again. Lost, start with --new-key.");
        }
        served.notes().forEach(err::println);
        root.ifPresent(file ->
            err.println("Development root: " + file + " (treza attestation verify --root)"));
        err.println("Images: " + images + ". Stop with Ctrl-C.");
        new CountDownLatch(1).await();
        return Treza.YES;
      }
    } catch (InterruptedException e) {
      // Asked to stop: the platform has closed.
      return Treza.YES;
    } catch (IOException | StoreException e) {
      throw new Unusable("cannot serve: " + e.getMessage(), e);
    }
  }

  private void requirePort(String name, int number) {
    if (number < 0 || number > 65535) {
      throw new ParameterException(spec.commandLine(), name + " must be 0 to 65535.");
    }
  }

  private Optional<SimulatedKms> simulatedKms(EnclaveBackend backend) throws IOException {
    if (kmsPort.isEmpty()) {
      return Optional.empty();
    }
    SimulatedKms.Builder builder = SimulatedKms.builder(backend.trustAnchor())
        .port(kmsPort.get())
        .hosts(kmsHosts)
        .directory(kmsDirectory());
    if (kmsInsecureHttp) {
      builder.insecureHttp();
    }
    try {
      SimulatedKms kms = builder.start();
      backendOptions.resolve(
          "kms." + kms.region() + ".amazonaws.com:443",
          new InetSocketAddress(kms.endpoint().getHost(), kms.endpoint().getPort()));
      return Optional.of(kms);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--kms-host: " + e.getMessage() + ".", e);
    }
  }

  private Path kmsDirectory() {
    return data.resolve("simulated-kms");
  }

  /** For images, and for {@code AWS_CA_BUNDLE}. */
  private Path kmsAuthority() {
    return kmsDirectory().resolve("authority.pem");
  }

  private void describe(SimulatedKms server, PrintWriter err) {
    err.println("Simulated KMS: AWS_ENDPOINT_URL_KMS=" + server.endpoint()
        + (server.authority().isPresent() ? " AWS_CA_BUNDLE=" + kmsAuthority() : "")
        + " AWS_REGION=" + server.region() + " AWS_DEFAULT_REGION=" + server.region()
        + " AWS_ACCESS_KEY_ID=KeyAdmin AWS_SECRET_ACCESS_KEY=any");
  }

  /** Closes the server, if there is one. */
  private record AtEnd(Optional<SimulatedKms> server) implements AutoCloseable {
    @Override
    public void close() {
      server.ifPresent(SimulatedKms::close);
    }
  }

  private Limits limits() {
    try {
      return Limits.builder()
          .requestRate(requestsPerSecond, 2 * requestsPerSecond)
          .build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage() + ".", e);
    }
  }

  /** Written down where verifiers find it; empty if documents chain to a root of hardware's. */
  private Optional<Path> developmentRoot(TrustAnchor anchor) throws IOException {
    return anchor.simulated()
        ? Optional.of(Files.write(data.resolve("development-root.der"), anchor.certificate()))
        : Optional.empty();
  }

  private ObjectNode announcement(
      TrezaPlatform platform,
      EnclaveBackend backend,
      Optional<Path> root,
      Optional<FirstKey> key,
      Optional<SimulatedKms> kms) {
    ObjectNode announced = JsonNodeFactory.instance
        .objectNode()
        .put("url", platform.baseUrl().toString())
        .put("backend", backend.name());
    root.ifPresent(file -> announced.put("development_root", file.toString()));
    key.ifPresent(
        made -> announced.put("wallet_address", made.wallet()).put("api_key", made.key()));
    kms.ifPresent(server -> {
      announced.put("kms_url", server.endpoint().toString()).put("kms_region", server.region());
      server
          .authority()
          .ifPresent(known -> announced.put("kms_authority", kmsAuthority().toString()));
    });
    return announced;
  }
}
