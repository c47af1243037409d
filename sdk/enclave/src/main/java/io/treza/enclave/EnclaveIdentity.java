package io.treza.enclave;

import io.treza.enclave.internal.tls.Certificates;
import io.treza.enclave.internal.tls.CurrentSslContext;
import io.treza.enclave.internal.tls.Curve;
import io.treza.enclave.internal.tls.HostName;
import io.treza.enclave.internal.tls.ServedKey;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Who an enclave is in TLS: a key that is made in its memory and never leaves it, bound by evidence.
 * Thread-safe.
 *
 * <pre>{@code
 * EnclaveIdentity identity =
 *     EnclaveIdentity.builder(Nsm.agent()).host("orders.example.com").build();
 * }</pre>
 *
 * <p>Documents have SHA-256 of the key's SubjectPublicKeyInfo as {@code user_data}. The certificate
 * is self-signed, for what a client is to believe is the evidence; an authority's can be installed
 * for clients that also want web PKI.
 *
 * <p>A new key is registered before it is served. Evidence {@linkplain #attest(byte[],
 * X509Certificate) for a connection} speaks of that connection's key at any time; a document asked
 * for elsewhere, outside the enclave, speaks of the newest, so that a client with a connection of
 * the old key has to connect anew.
 */
public final class EnclaveIdentity {
  private final Nsm nsm;
  private final List<HostName> hosts;
  private final Curve curve;
  private final byte[] publicKey;
  private final Duration certificateLifetime;
  private final Duration overlap;
  private final InstantSource clock;
  private final SSLContext sslContext;
  private final Object changes = new Object();
  private volatile ServedKey current;
  private volatile Optional<Retired> retired = Optional.empty();
  private Optional<KeyPair> next = Optional.empty();

  /** The key before the current one: for connections that began with it, until their time is over. */
  private record Retired(byte[] spkiSha256, Instant until) {}

  private EnclaveIdentity(Builder builder) throws NsmException {
    this.nsm = builder.nsm;
    this.hosts = List.copyOf(builder.hosts);
    this.curve = builder.curve;
    this.publicKey = builder.publicKey;
    this.certificateLifetime = builder.certificateLifetime;
    this.overlap = builder.overlap;
    this.clock = builder.clock;
    this.current = selfSigned(curve.generate());
    nsm.register(publicKey, current.spkiSha256());
    this.sslContext = new CurrentSslContext(() -> serving().context());
  }

  /**
   * Starts with a key on P-256 and certificates for 90 days.
   *
   * @param nsm for this identity only: another would replace what it registers
   */
  public static Builder builder(Nsm nsm) {
    return new Builder(nsm);
  }

  /**
   * For any server: each new connection is served with the newest certificate, and a session is only
   * resumed with the key it began with. Servers that ask it for an {@link
   * javax.net.ssl.SSLServerSocketFactory}, whose sockets would keep one key, are refused.
   */
  public SSLContext sslContext() {
    return sslContext;
  }

  /** The certificate that new connections are served with. */
  public X509Certificate certificate() {
    return serving().leaf();
  }

  /** SHA-256 of the current key's SubjectPublicKeyInfo: the documents' {@code user_data}. */
  public byte[] spkiSha256() {
    return current.spkiSha256();
  }

  /**
   * A document for a nonce that binds the current key.
   *
   * @param nonce at most {@link Nsm#MAX_NONCE_BYTES} bytes
   */
  public byte[] attest(byte[] nonce) throws NsmException {
    return nsm.attest(nonce, publicKey, current.spkiSha256());
  }

  /**
   * A document for a nonce that binds the key of a connection.
   *
   * @param served the enclave's own certificate on that connection
   * @return empty if the key is not this enclave's, or was replaced too long ago
   */
  public Optional<byte[]> attest(byte[] nonce, X509Certificate served) throws NsmException {
    byte[] hash = ServedKey.spkiSha256(served);
    return isCurrent(served) || isInOverlap(hash)
        ? Optional.of(nsm.attest(nonce, publicKey, hash))
        : Optional.empty();
  }

  /** Whether new connections are served with this certificate's key. */
  public boolean isCurrent(X509Certificate served) {
    return served.getPublicKey().equals(current.leaf().getPublicKey());
  }

  private boolean isInOverlap(byte[] hash) {
    return retired
        .filter(key -> MessageDigest.isEqual(key.spkiSha256(), hash))
        .filter(key -> clock.instant().isBefore(key.until()))
        .isPresent();
  }

  /**
   * Serves a new self-signed certificate of the same key from now on. Happens by itself when two
   * thirds of its time are over; one that was {@linkplain #install installed} is the caller's to
   * renew.
   */
  public void renew() {
    synchronized (changes) {
      current = selfSigned(current.keys());
    }
  }

  /**
   * Serves a new key with a self-signed certificate from now on.
   *
   * @throws NsmException if it could not be registered; the old one is served on
   */
  public void rotate() throws NsmException {
    synchronized (changes) {
      replace(selfSigned(curve.generate()));
      next = Optional.empty();
    }
  }

  /**
   * A request (PKCS#10, DER) for an authority's certificate for the current key and the host names,
   * to be {@linkplain #install installed}.
   */
  public byte[] certificateRequest() {
    return Certificates.request(current.keys(), hosts);
  }

  /**
   * A request as {@link #certificateRequest}, for a new key that is served when its certificate is
   * installed, and not before; a later request makes another.
   */
  public byte[] rotationRequest() {
    KeyPair keys = curve.generate();
    synchronized (changes) {
      next = Optional.of(keys);
    }
    return Certificates.request(keys, hosts);
  }

  /**
   * Serves what an authority made of a request from now on.
   *
   * @param chain the enclave's certificate first, then who signed it, perhaps without the root; its
   *     authorities are not judged here
   * @throws IllegalArgumentException if it is not for the current key or that of the last {@link
   *     #rotationRequest}, not for every host, not valid now, or no chain
   * @throws NsmException if a new key could not be registered; the old one is served on
   */
  public void install(List<X509Certificate> chain) throws NsmException {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a chain of no certificates");
    }
    Certificates.requireUsable(chain, hosts, clock.instant());
    PublicKey certified = chain.get(0).getPublicKey();
    synchronized (changes) {
      if (certified.equals(current.keys().getPublic())) {
        current = ServedKey.of(current.keys(), chain, false);
        return;
      }
      KeyPair keys = next.filter(own -> certified.equals(own.getPublic()))
          .orElseThrow(() -> new IllegalArgumentException(
              "the certificate is for another key than that of certificateRequest or of the last"
                  + " rotationRequest"));
      replace(ServedKey.of(keys, chain, false));
      next = Optional.empty();
    }
  }

  /** Registered first: until it is, and if it cannot be, nobody sees the new key. */
  private void replace(ServedKey key) throws NsmException {
    try {
      nsm.register(publicKey, key.spkiSha256());
    } catch (NsmException e) {
      restore(e);
      throw e;
    }
    retired = Optional.of(new Retired(current.spkiSha256(), clock.instant().plus(overlap)));
    current = key;
  }

  /**
   * A caller that was interrupted does not know whether it registered. Others' documents would then
   * speak of a key that nobody serves.
   */
  private void restore(NsmException failure) {
    try {
      nsm.register(publicKey, current.spkiSha256());
    } catch (NsmException e) {
      failure.addSuppressed(e);
    }
  }

  private ServedKey serving() {
    if (isDue(current)) {
      synchronized (changes) {
        if (isDue(current)) {
          renew();
        }
      }
    }
    return current;
  }

  private boolean isDue(ServedKey key) {
    Instant end = key.leaf().getNotAfter().toInstant();
    return key.selfSigned()
        && !clock.instant().isBefore(end.minus(certificateLifetime.dividedBy(3)));
  }

  private ServedKey selfSigned(KeyPair keys) {
    Instant now = clock.instant();
    // Clocks differ: an enclave's is set at boot by whoever starts it.
    X509Certificate certificate = Certificates.selfSigned(
        keys, hosts, now.minus(Duration.ofHours(1)), now.plus(certificateLifetime));
    return ServedKey.of(keys, List.of(certificate), true);
  }

  /** The names. */
  @Override
  public String toString() {
    return "EnclaveIdentity" + hosts.stream().map(HostName::text).toList();
  }

  /** Collects the settings; a host is required. */
  public static final class Builder {
    private final Nsm nsm;
    private final List<HostName> hosts = new ArrayList<>();
    private Curve curve = Curve.P256;
    private byte[] publicKey = {};
    private Duration certificateLifetime = Duration.ofDays(90);
    private Duration overlap = Duration.ofHours(1);
    private InstantSource clock = InstantSource.system();

    private Builder(Nsm nsm) {
      this.nsm = nsm;
    }

    /**
     * A DNS name or IP address that clients call the enclave by; once for each.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public Builder host(String name) {
      hosts.add(HostName.of(name));
      return this;
    }

    /** Makes keys on P-384 instead of P-256. */
    public Builder p384() {
      curve = Curve.P384;
      return this;
    }

    /**
     * Has documents carry an application's own public key, for example one that others encrypt to;
     * at most {@link Nsm#MAX_PUBLIC_KEY_BYTES} bytes.
     */
    public Builder publicKey(byte[] value) {
      publicKey = value.clone();
      return this;
    }

    /** How long self-signed certificates are valid; at least one minute. */
    public Builder certificateLifetime(Duration lifetime) {
      if (lifetime.compareTo(Duration.ofMinutes(1)) < 0) {
        throw new IllegalArgumentException("a certificate for less than a minute: " + lifetime);
      }
      certificateLifetime = lifetime;
      return this;
    }

    /**
     * How long connections of a key that was replaced get evidence for it, by default one hour;
     * zero where the old key may be known to somebody.
     */
    public Builder overlap(Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException("a negative overlap: " + duration);
      }
      overlap = duration;
      return this;
    }

    /** Dates certificates; by default the system clock. */
    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /**
     * Makes the key and registers it.
     *
     * @throws IllegalStateException without a host
     * @throws NsmException {@link NsmException.Problem#NOT_HOLDER} if somebody else in the enclave
     *     registered first: give up then
     */
    public EnclaveIdentity build() throws NsmException {
      if (hosts.isEmpty()) {
        throw new IllegalStateException("call host(name) before build()");
      }
      return new EnclaveIdentity(this);
    }
  }
}
