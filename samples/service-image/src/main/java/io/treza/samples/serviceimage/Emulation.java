package io.treza.samples.serviceimage;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.platform.QemuInstallation;
import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.Ingress;
import io.treza.sdk.attested.AttestedHttpClient;
import io.treza.testkit.DevelopmentRoot;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;

/**
 * The parent instance of both enclaves, in QEMU: boots them, offers their ports, lets the one reach
 * the other, and brings them their reference values; and a client, who believes none of it.
 */
final class Emulation implements Closeable {
  private static final int PORT = 8443;

  /** Whatever is emulated takes its time. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Path directory;
  private final QemuInstallation programs;
  private final DevelopmentRoot root;
  private final Consumer<String> console;
  private final Deque<Closeable> open = new ArrayDeque<>();
  private int nextCid = 16;

  /**
   * Over a directory that {@code samples/service/run} has filled.
   *
   * @param console hears every line of every enclave
   */
  Emulation(Path directory, Consumer<String> console) throws IOException {
    this.directory = directory;
    this.console = console;
    this.programs = QemuInstallation.find(System.getenv());
    this.root = DevelopmentRoot.loadOrCreate(
        directory.resolve(ServiceImages.DEVELOPMENT_ROOT), InstantSource.system());
  }

  /**
   * Boots an enclave, orders and keeper; an emulated one takes half a minute.
   *
   * @param name of the image
   */
  EmulatedEnclave boot(String name) throws IOException, InterruptedException {
    EmulatedEnclave enclave = new EmulatedEnclave(
        programs, root, directory.resolve(name + ".eif"), nextCid++, console);
    open.push(enclave);
    return enclave;
  }

  /** Offers the enclave's port on this machine. */
  Ingress offer(EmulatedEnclave enclave) throws IOException {
    Ingress ingress = Ingress.builder(enclave.transport(), PORT).start();
    open.push(ingress);
    return ingress;
  }

  /** What an enclave may reach of what its image allows, before it is started. */
  Egress.Builder egress(EmulatedEnclave enclave) {
    return Egress.builder(enclave.transport())
        .allow(EgressRule.parse(ServiceImages.SIGNER))
        .resolve(ServiceImages.SIGNER, enclave.signer());
  }

  /** Starts it. */
  Egress start(Egress.Builder builder) throws IOException {
    Egress egress = builder.start();
    open.push(egress);
    return egress;
  }

  /** The releases of an application, as a client reads them. */
  ReferenceValues releases(String application) throws IOException {
    try {
      TrustedKeys publisher =
          TrustedKeys.ofPem(Files.readAllBytes(directory.resolve("publisher.pem")));
      return ReferenceValuesVerifier.builder(publisher, application)
          .build()
          .verify(signedReleases(application))
          .values();
    } catch (ReferenceValuesException e) {
      throw new IOException(e);
    }
  }

  /** The same, as they were published. */
  byte[] signedReleases(String application) throws IOException {
    return Files.readAllBytes(directory.resolve(application + ".dsse.json"));
  }

  /** Judges emulated enclaves. */
  AttestationVerifier verifier() {
    return AttestationVerifier.builder()
        .trustAnchors(
            TrustAnchor.development("emulated (QEMU)", root.certificate().der()))
        .build();
  }

  /**
   * Talks to an application by its real host name, which leads to an address of this machine.
   *
   * @param address where its ingress, or whoever is in its place, listens
   * @param demands what else the evidence must say
   */
  Client client(
      String application,
      InetSocketAddress address,
      UnaryOperator<Expectation.Builder> demands)
      throws IOException {
    URI origin = URI.create("https://" + application + ".example.com:" + address.getPort());
    OkHttpClient settings = new OkHttpClient.Builder()
        .dns(host -> List.of(InetAddress.getLoopbackAddress()))
        .connectTimeout(PATIENCE)
        .readTimeout(PATIENCE)
        .build();
    AttestedHttpClient http = AttestedHttpClient.builder(
            origin, verifier(), Expectation.releases(releases(application)))
        .demanding(demands)
        .okHttp(settings)
        .build();
    return new Client(http, origin);
  }

  /** Talks to an application of any release in force. */
  Client client(String application, InetSocketAddress address) throws IOException {
    return client(application, address, UnaryOperator.identity());
  }

  @Override
  public void close() throws IOException {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
