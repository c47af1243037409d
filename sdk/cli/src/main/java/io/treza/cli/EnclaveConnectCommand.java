package io.treza.cli;

import io.treza.attestation.Expectation;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.attested.AttestedTls;
import io.treza.sdk.attested.PeerNotAttestedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza enclave connect}: TLS to a workload whose key evidence binds, for other programs. */
@Command(
    name = "connect",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Connect standard input and output, or a port of this machine, to an enclave's workload by TLS,"
          + " if its evidence binds the key of the connection.",
      "",
      "The platform, or --evidence, is asked for evidence, which is judged here. With --listen, each"
          + " connection to that port goes over a TLS connection of its own: for programs that cannot"
          + " verify evidence. Whoever can connect to the port talks to the enclave. A connection that"
          + " passes no byte for ten minutes is reset.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:the connection has ended",
      "1:the peer is not the enclave, and was sent nothing",
      "2:bad usage, or no connection"
    })
final class EnclaveConnectCommand implements Callable<Integer> {
  /** As the channels of parents have it. */
  private static final Duration IDLE = Duration.ofMinutes(10);

  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ID", description = "The enclave.")
  private String id = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PORT",
      description = "The workload's port. Default: the only one that is exposed.")
  private @Nullable Integer port;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      defaultValue = "localhost",
      description = "The name that the workload is asked for in the handshake. Default: none.")
  private String host = "";

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS:PORT",
      description = "Listen here and serve until stopped: 127.0.0.1:8443; port 0 takes a free one.")
  private @Nullable String listen;

  @Mixin
  private PlatformOptions platform = new PlatformOptions();

  @Mixin
  private EvidenceOptions evidence = new EvidenceOptions();

  @Mixin
  private DemandOptions demands = new DemandOptions();

  @Override
  public Integer call() {
    return EnclaveAnswer.of(spec, () -> evidence.addTo(platform.client()), client -> {
      Expectation.NonceStage accepted = evidence.accepted();
      Optional<InetSocketAddress> local = Optional.ofNullable(listen).map(Addresses::parse);
      Place place = new Place(address(client));
      AttestedTls tls = AttestedTls.builder(evidence.verifier(), accepted)
          .evidence(client.evidenceSource(), id, evidence.keyBinding())
          .demanding(e -> evidence.demands(demands.addTo(e)))
          .build();
      // With --listen too: who starts it learns at once that the peer is not the enclave.
      try (SSLSocket enclave = tls.connect(host, place.address)) {
        if (local.isEmpty()) {
          Pump.join(System.in, System.out, enclave, () -> {});
          return Treza.YES;
        }
      } catch (PeerNotAttestedException e) {
        spec.commandLine()
            .getErr()
            .println("treza: " + Printable.text(String.valueOf(e.getMessage())));
        return Treza.NO;
      } catch (IOException e) {
        throw new Unusable("no connection to " + id + ": " + e.getMessage(), e);
      }
      serve(local.orElseThrow(), () -> connected(client, tls, place));
      return Treza.YES;
    });
  }

  private InetSocketAddress address(TrezaClient client) {
    return Endpoint.of(client.getEnclave(id), Optional.ofNullable(port)).address();
  }

  /** Where the enclave was found last. */
  private static final class Place {
    private volatile InetSocketAddress address;

    Place(InetSocketAddress address) {
      this.address = address;
    }
  }

  /** Looks the address up anew where it no longer leads to the enclave, as after it was paused. */
  private SSLSocket connected(TrezaClient client, AttestedTls tls, Place place) throws IOException {
    InetSocketAddress before = place.address;
    try {
      return tls.connect(host, before);
    } catch (IOException e) {
      InetSocketAddress now;
      try {
        now = address(client);
      } catch (TrezaException | Unusable unknown) {
        e.addSuppressed(unknown);
        throw e;
      }
      if (now.equals(before)) {
        throw e;
      }
      place.address = now;
      return tls.connect(host, now);
    }
  }

  private void serve(InetSocketAddress local, AttestedPort.Dial dial) throws InterruptedException {
    try (AttestedPort served = AttestedPort.open(
        local,
        dial,
        IDLE,
        line -> spec.commandLine().getErr().println("treza: " + Printable.text(line)))) {
      spec.commandLine().getOut().println(Addresses.text(served.address()));
      spec.commandLine().getOut().flush();
      served.await();
    } catch (IOException e) {
      throw new Unusable("cannot listen at " + Addresses.text(local) + ": " + e.getMessage(), e);
    }
  }
}
