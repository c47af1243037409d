package io.treza.sdk.attested;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS to an enclave for whatever is no HTTP: a socket is handed out only if its peer's key is bound
 * by the enclave's evidence, verified in this process. Until then the peer has got nothing but a
 * handshake. Immutable and thread-safe; for HTTP see {@link AttestedHttpClient}.
 *
 * <pre>{@code
 * AttestedTls enclave = AttestedTls.builder(verifier, Expectation.releases(releases))
 *     .evidence(client.evidenceSource(), id, KeyBinding.SPKI_SHA256)
 *     .build();
 * try (SSLSocket socket = enclave.connect("db.example.com", address)) { ... }
 * }</pre>
 *
 * <p>Evidence is asked for with a fresh nonce, once for a key however many connections wait for it,
 * and anew after {@linkplain Builder#reverifyAfter a while}; a socket that was handed out stays open
 * then. Certificates need not be signed by anybody: whose key it is, the evidence says.
 */
public final class AttestedTls {
  private final SSLSocketFactory sockets = new AnyCertificate().sockets();
  private final AttestedKeys keys;
  private final Attestor attestor;
  private final EvidenceChannel.Elsewhere evidence;
  private final int timeoutMillis;

  private AttestedTls(Builder builder) {
    this.evidence = builder.evidence;
    this.timeoutMillis = builder.timeoutMillis;
    this.keys = new AttestedKeys(builder.clock, builder.reverifyAfter);
    this.attestor = new Attestor(
        builder.verifier,
        builder.measurements,
        builder.demands,
        evidence.keyBinding(),
        evidence.nonceBytes(),
        keys);
  }

  /**
   * Starts with who judges, and what is accepted; where evidence comes from is to be said next.
   *
   * @param verifier which roots are trusted, and how old evidence may be
   * @param measurements the accepted releases, from the build that made them
   */
  public static EvidenceStage builder(
      AttestationVerifier verifier, Expectation.NonceStage measurements) {
    return (source, enclaveId, keyBinding) -> new Builder(
        verifier, measurements, new EvidenceChannel.Elsewhere(source, enclaveId, keyBinding));
  }

  /** Says whom to ask for evidence. */
  @FunctionalInterface
  public interface EvidenceStage {
    /**
     * Asks this source about one enclave.
     *
     * @param source for example the platform: {@link io.treza.sdk.TrezaClient#evidenceSource}
     * @param enclaveId as the source knows it
     * @param keyBinding how the enclave binds its TLS key
     */
    Builder evidence(EvidenceSource source, String enclaveId, KeyBinding keyBinding);
  }

  /**
   * Connects, shakes hands and verifies.
   *
   * @param host the name that is asked for in the handshake (SNI, RFC 6066, section 3); an address
   *     literal asks for none
   * @param address where to connect to, resolved
   * @return the socket, without time limits; the caller closes it. Its streams end only where TLS
   *     does: a connection that was cut fails. Closed after {@code setSoLinger(true, 0)} it is cut for
   *     the peer, too
   * @throws PeerNotAttestedException if the peer is not the enclave; it was sent nothing
   * @throws IOException if the network fails
   */
  public SSLSocket connect(String host, InetSocketAddress address) throws IOException {
    Socket plain = new Carrier();
    try {
      plain.connect(address, timeoutMillis);
      plain.setSoTimeout(timeoutMillis);
      SSLSocket socket = (SSLSocket) sockets.createSocket(plain, host, address.getPort(), true);
      socket.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
      socket.startHandshake();
      boolean unused =
          attestor.attest(certificate(socket), evidence::ask, timeoutMillis, () -> false);
      socket.setSoTimeout(0);
      return socket;
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static X509Certificate certificate(SSLSocket socket) throws IOException {
    Certificate[] chain = socket.getSession().getPeerCertificates();
    if (chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
      return certificate;
    }
    throw PeerNotAttestedException.of(
        Problem.NO_KEY, "the connection to " + socket.getRemoteSocketAddress() + " has no key");
  }

  /** What was verified of each key that counts as attested now. */
  public List<VerifiedAttestation> attestations() {
    return keys.attestations();
  }

  /** Collects the settings; every one has a default. */
  public static final class Builder {
    private final AttestationVerifier verifier;
    private final Expectation.NonceStage measurements;
    private final EvidenceChannel.Elsewhere evidence;
    private UnaryOperator<Expectation.Builder> demands = UnaryOperator.identity();
    private Duration reverifyAfter = Duration.ofMinutes(5);
    private InstantSource clock = InstantSource.system();
    private int timeoutMillis = 10_000;

    private Builder(
        AttestationVerifier verifier,
        Expectation.NonceStage measurements,
        EvidenceChannel.Elsewhere evidence) {
      this.verifier = verifier;
      this.measurements = measurements;
      this.evidence = evidence;
    }

    /**
     * Makes more demands, for example {@code e -> e.region("eu-west-1")}; the field that binds the
     * key is this class's.
     */
    public Builder demanding(UnaryOperator<Expectation.Builder> more) {
      this.demands = more;
      return this;
    }

    /** How long a key counts as attested; 5 minutes unless said. */
    public Builder reverifyAfter(Duration duration) {
      if (duration.isZero() || duration.isNegative()) {
        throw new IllegalArgumentException("reverifyAfter must be positive, but is " + duration);
      }
      this.reverifyAfter = duration;
      return this;
    }

    /** Tells when a key's time is over; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /**
     * How long connecting may take, and then each step of the handshake, and then the wait for a
     * verdict that another connection obtains; 10 seconds unless said. A source has its own limits.
     */
    public Builder timeout(Duration each) {
      if (each.toMillis() < 1 || each.toMillis() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("a timeout of " + each + " is no time or too long");
      }
      this.timeoutMillis = (int) each.toMillis();
      return this;
    }

    /** Ready to connect. */
    public AttestedTls build() {
      return new AttestedTls(this);
    }
  }
}
