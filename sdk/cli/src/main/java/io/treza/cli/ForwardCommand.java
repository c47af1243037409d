package io.treza.cli;

import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.channel.Ingress;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code treza forward}: the parent's side of one enclave's channels, until it is stopped. */
@Command(
    name = "forward",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Forward TCP ports to an enclave, and connect it to the hosts that it may reach.",
      "",
      "Nothing is decrypted here: TLS ends in the enclave and at the hosts. What is allowed here is a"
          + " second fence; the first is the list in the enclave's measured image.",
      ""
    })
final class ForwardCommand implements Callable<Integer> {
  private static final Pattern INGRESS =
      Pattern.compile("(?:(\\[[^]]+]|[^:\\[\\]]+):)?([0-9]{1,5})=([0-9]{1,5})");
  private static final Pattern SOCKET = Pattern.compile("(\\[[^]]+]|[^:\\[\\]]+):([0-9]{1,5})");

  @Spec
  private CommandSpec spec;

  @Option(
      names = "--cid",
      paramLabel = "N",
      description = {
        "The enclave's context id, on the parent instance that it runs on; nitro-cli",
        "describe-enclaves says it as EnclaveCID. Runs a program of this project's, on Linux."
      })
  private Optional<Long> cid = Optional.empty();

  @Option(
      names = "--uds",
      paramLabel = "PATH",
      description = {
        "In place of --cid, the enclave's Unix socket, as vhost-device-vsock and Firecracker make it."
      })
  private Optional<Path> uds = Optional.empty();

  @Option(
      names = "--ingress",
      paramLabel = "[ADDRESS:]PORT=N",
      converter = IngressConverter.class,
      description = {
        "Forward a TCP port here to the enclave's port N; may be repeated. The address is 127.0.0.1",
        "unless given; PORT 0 takes a free one."
      })
  private List<IngressPort> ingress = new ArrayList<>();

  @Option(
      names = "--allow",
      paramLabel = "HOST:PORT",
      converter = RuleConverter.class,
      description = {
        "Connect the enclave to this host and port if it asks; may be repeated. HOST is a name, *. and",
        "a name, or an IPv4 address."
      })
  private List<EgressRule> allow = new ArrayList<>();

  @Option(
      names = "--resolve",
      paramLabel = "HOST:PORT=ADDRESS:PORT",
      description = "Where an allowed host is, instead of what DNS says; may be repeated.")
  private Map<String, String> resolve = new LinkedHashMap<>();

  @Option(
      names = "--allow-private-addresses",
      description = {
        "Let DNS lead the enclave into private networks. Addresses of this machine and metadata",
        "services stay refused, unless --allow or --resolve names them."
      })
  private boolean allowPrivateAddresses;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "4096",
      description = {
        "How many may be open at a time, for each --ingress and for all that goes out; each takes two",
        "file descriptors (ulimit -n). Default ${DEFAULT-VALUE}."
      })
  private int maxConnections;

  @Option(
      names = "--idle-timeout",
      paramLabel = "D",
      defaultValue = "10m",
      converter = Durations.class,
      description = "Reset a connection that was silent for so long. Default ${DEFAULT-VALUE}.")
  private Duration idleTimeout = Duration.ZERO;

  @Option(
      names = "--proxy-protocol",
      description = {
        "Tell the enclave each client's address by the PROXY protocol, version 2. It is this",
        "machine's claim, and only for a workload that expects it."
      })
  private boolean proxyProtocol;

  /** One port that is forwarded. */
  record IngressPort(InetSocketAddress listen, int enclavePort) {}

  @Override
  public Integer call() {
    if (ingress.isEmpty() && allow.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Nothing to forward: give --ingress, --allow, or both.");
    }
    if (cid.isPresent() == uds.isPresent()) {
      throw new ParameterException(
          spec.commandLine(),
          "Which enclave? Give --cid on a parent instance, or --uds elsewhere.");
    }
    Deque<Closeable> started = new ArrayDeque<>();
    try {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> closeAll(started), "treza-forward-close"));
      if (uds.isPresent()) {
        say(start(EnclaveTransport.unixSocket(uds.get()), started));
        new CountDownLatch(1).await();
      } else {
        ParentProcess program = ParentProcess.start(arguments());
        started.push(program);
        say(program.addresses());
        program.await();
      }
      return Treza.YES;
    } catch (InterruptedException e) {
      // Asked to stop.
      return Treza.YES;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage() + ".", e);
    } catch (IOException e) {
      throw new Unusable("cannot forward: " + e.getMessage(), e);
    } finally {
      closeAll(started);
    }
  }

  /** Starts all, and returns the addresses once everything listens. */
  private List<String> start(EnclaveTransport transport, Deque<Closeable> started)
      throws IOException {
    List<String> addresses = new ArrayList<>();
    for (IngressPort port : ingress) {
      Ingress listening = ingress(transport, port);
      started.push(listening);
      addresses.add(line(listening.address(), port));
    }
    if (!allow.isEmpty()) {
      started.push(egress(transport));
    }
    return addresses;
  }

  /** What the parent program is told: the same, in its words. */
  private List<String> arguments() {
    if (proxyProtocol) {
      throw new IllegalArgumentException("--proxy-protocol goes with --uds only");
    } else if (idleTimeout.toSeconds() < 1) {
      throw new IllegalArgumentException("--idle-timeout must be a second at least with --cid");
    }
    List<String> words = new ArrayList<>(List.of("--cid", Long.toString(cid.orElseThrow())));
    ingress.forEach(port -> words.addAll(List.of("--ingress", line(port.listen(), port))));
    allow.forEach(rule -> words.addAll(List.of("--allow", rule.toString())));
    resolve.forEach((host, where) -> words.addAll(List.of("--resolve", host + "=" + where)));
    if (allowPrivateAddresses) {
      words.add("--allow-private-addresses");
    }
    words.addAll(List.of("--max-connections", Integer.toString(maxConnections)));
    words.addAll(List.of("--idle-timeout", Long.toString(idleTimeout.toSeconds())));
    return words;
  }

  private void say(List<String> addresses) {
    PrintWriter out = spec.commandLine().getOut();
    addresses.forEach(out::println);
    out.flush();
    PrintWriter err = spec.commandLine().getErr();
    err.println("Out of the enclave: "
        + (allow.isEmpty()
            ? "nothing"
            : String.join(", ", allow.stream().map(Object::toString).toList()))
        + ". Stop with Ctrl-C.");
  }

  private Ingress ingress(EnclaveTransport transport, IngressPort port) throws IOException {
    Ingress.Builder builder = Ingress.builder(transport, port.enclavePort())
        .listen(port.listen())
        .maxConnections(maxConnections)
        .idleTimeout(idleTimeout);
    if (proxyProtocol) {
      builder.proxyProtocol();
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IOException(text(port.listen()) + ": " + e.getMessage(), e);
    }
  }

  private Egress egress(EnclaveTransport transport) throws IOException {
    Egress.Builder builder = Egress.builder(transport)
        .allow(allow)
        .maxConnections(maxConnections)
        .idleTimeout(idleTimeout);
    if (allowPrivateAddresses) {
      builder.allowPrivateAddresses();
    }
    resolve.forEach((host, where) -> builder.resolve(host, socket(where)));
    return builder.start();
  }

  private static void closeAll(Deque<Closeable> started) {
    for (Closeable closeable : started) {
      try {
        closeable.close();
      } catch (IOException e) {
        // It ends with the process.
      }
    }
  }

  private static String line(InetSocketAddress listens, IngressPort port) {
    return text(listens) + "=" + port.enclavePort();
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static InetSocketAddress socket(String text) {
    Matcher socket = SOCKET.matcher(text);
    if (!socket.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no address and port, for example 10.0.0.5:443");
    }
    return socket(socket.group(1), socket.group(2));
  }

  private static InetSocketAddress socket(String host, String port) {
    InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(port));
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("'" + host + "' has no address");
    }
    return address;
  }

  /** Reads what {@code --ingress} takes. */
  static final class IngressConverter implements ITypeConverter<IngressPort> {
    @Override
    public IngressPort convert(String value) {
      Matcher ingress = INGRESS.matcher(value);
      if (!ingress.matches()) {
        throw new TypeConversionException(
            "expected [ADDRESS:]PORT=N, for example 8443=8443, not '" + value + "'");
      }
      String address = ingress.group(1) == null ? "127.0.0.1" : ingress.group(1);
      try {
        return new IngressPort(
            socket(address, ingress.group(2)), Integer.parseInt(ingress.group(3)));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** Reads what {@code --allow} takes. */
  static final class RuleConverter implements ITypeConverter<EgressRule> {
    @Override
    public EgressRule convert(String value) {
      try {
        return EgressRule.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
