package io.treza.cli;

import io.treza.attestation.Expectation;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.sdk.attested.PeerNotAttestedException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave curl}: one request to a workload, on a connection that evidence binds. */
@Command(
    name = "curl",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Send one request to an enclave's workload, if its evidence binds the key of the connection.",
      "",
      "The connection goes to where the platform says that the port is reached; name and port of the"
          + " URL are what the workload is asked for. Evidence is asked for over that connection,"
          + " and judged here; until then nothing of the request is sent.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:it was answered, whatever the answer",
      "1:the peer is not the enclave, and was sent nothing",
      "2:bad usage, or no answer"
    })
final class EnclaveCurlCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ID", description = "The enclave.")
  private String id = "";

  @Parameters(
      index = "1",
      paramLabel = "URL",
      description = "https://orders.example.com/v1/orders, or a path alone: /v1/orders.")
  private String url = "";

  @Option(
      names = {"-X", "--request"},
      paramLabel = "METHOD",
      description = "Default GET, or POST with -d.")
  private @Nullable String method;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "TEXT",
      description = "The body; @FILE for a file's content, @- for standard input's.")
  private @Nullable String data;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "LINE",
      description = "'Name: value'. May be given several times.")
  private List<String> headers = List.of();

  @Option(
      names = {"-i", "--include"},
      description = "Print status and headers of the answer, too.")
  private boolean include;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write the body there; for everything that is no text.")
  private @Nullable Path output;

  @Option(
      names = "--platform-evidence",
      description = "Ask the platform for evidence, for a workload that does not serve its own.")
  private boolean platformEvidence;

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Mixin
  private EvidenceOptions evidence = new EvidenceOptions();

  @Mixin
  private DemandOptions demands = new DemandOptions();

  @Override
  public Integer call() {
    return EnclaveAnswer.of(spec, () -> evidence.addSource(platform.client()), client -> {
      Expectation.NonceStage accepted = evidence.accepted();
      Endpoint endpoint = Endpoint.of(client.getEnclave(id), portOfUrl());
      HttpUrl address = address(endpoint.port());
      try (AttestedHttpClient enclave = connected(client, address, endpoint, accepted);
          Response answer = enclave.execute(request(address))) {
        print(answer);
        return Treza.YES;
      } catch (PeerNotAttestedException e) {
        spec.commandLine()
            .getErr()
            .println("treza: " + Printable.text(String.valueOf(e.getMessage())));
        return Treza.NO;
      } catch (IOException e) {
        throw new Unusable("no answer from " + id + ": " + e.getMessage(), e);
      }
    });
  }

  /** The one that the URL names itself; if it names none, there may be only one. */
  private Optional<Integer> portOfUrl() {
    return url.matches("(?i:https)://[^/?#]*:[0-9]+(?:[/?#].*)?")
        ? Optional.of(address(0).port())
        : Optional.empty();
  }

  private HttpUrl address(int port) {
    HttpUrl parsed = HttpUrl.parse(url.startsWith("/") ? "https://localhost:" + port + url : url);
    if (parsed == null || !parsed.isHttps()) {
      throw new ParameterException(
          spec.commandLine(),
          "URL must be an https URL or a path, not \"" + url
              + "\": it is the TLS key that evidence binds.");
    }
    return parsed;
  }

  private AttestedHttpClient connected(
      TrezaClient client, HttpUrl address, Endpoint endpoint, Expectation.NonceStage accepted) {
    OkHttpClient led = new OkHttpClient.Builder()
        .dns(host -> List.of(endpoint.address().getAddress()))
        .socketFactory(new LedSockets(endpoint.address()))
        .proxy(Proxy.NO_PROXY)
        .build();
    HttpUrl origin = new HttpUrl.Builder()
        .scheme("https")
        .host(address.host())
        .port(address.port())
        .build();
    AttestedHttpClient.Builder builder = AttestedHttpClient.builder(
            origin.uri(), evidence.verifier(), accepted)
        .demanding(e -> evidence.demands(demands.addTo(e)))
        .okHttp(led);
    if (platformEvidence || evidence.elsewhere()) {
      builder.evidence(client.evidenceSource(), id, evidence.keyBinding());
    } else {
      evidence.protocol().ifPresent(builder::evidence);
    }
    return builder.build();
  }

  private Request request(HttpUrl address) {
    Request.Builder request = new Request.Builder().url(address);
    for (String line : headers) {
      String[] parts = line.split(":", 2);
      if (parts.length < 2) {
        throw new ParameterException(
            spec.commandLine(), "-H takes 'Name: value', not \"" + line + "\".");
      }
      request.addHeader(parts[0].strip(), parts[1].strip());
    }
    Optional<RequestBody> body = Optional.ofNullable(data).map(EnclaveCurlCommand::body);
    String verb = method == null ? (body.isPresent() ? "POST" : "GET") : method;
    boolean needsBody = List.of("POST", "PUT", "PATCH").contains(verb);
    return request
        .method(verb, body.orElse(needsBody ? RequestBody.create(new byte[0], null) : null))
        .build();
  }

  private static RequestBody body(String data) {
    if (data.equals("@-")) {
      return RequestBody.create(Inputs.read("-"), null);
    }
    if (!data.startsWith("@")) {
      return RequestBody.create(data, null);
    }
    File file = new File(data.substring(1));
    if (!file.isFile()) {
      throw new Unusable(file + " does not exist");
    }
    return RequestBody.create(file, null);
  }

  private void print(Response answer) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (include) {
      out.println(answer.protocol().toString().toUpperCase(Locale.ROOT) + " " + answer.code());
      answer
          .headers()
          .forEach(
              header -> out.println(Printable.text(header.getFirst() + ": " + header.getSecond())));
      out.println();
    }
    if (output == null) {
      answer.body().charStream().transferTo(out);
    } else {
      write(answer.body().byteStream(), output);
    }
    out.flush();
  }

  /** The file is there whole or not at all. */
  private static void write(InputStream in, Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path partial = Files.createTempFile(absolute.getParent(), ".treza-", ".partial");
    try {
      Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      Files.move(partial, absolute, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
