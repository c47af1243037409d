package io.treza.enclave;

import io.treza.enclave.internal.RateLimit;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSession;

/**
 * Answers whoever asks for evidence over HTTP: {@code GET} on one of {@link #PATHS} with the query
 * {@code nonce=} and 1 to 512 bytes in hex, as this project's client asks unless told otherwise.
 * Thread-safe.
 *
 * <p>A caller chooses the nonce and nothing else. Requests beyond the limits are refused before
 * anything is computed, so that no caller can take the NSM or memory from the workload.
 *
 * <p>For the JDK's server there is {@link AttestedHttpsServer}; another server passes the query and
 * the connection's session to {@link #answer(Optional, SSLSession)} and sends what comes back.
 */
public final class EvidenceEndpoint {
  /** Where evidence is looked for. */
  public static final List<String> PATHS = List.of("/attestation", "/.well-known/attestation");

  private static final Pattern QUERY = Pattern.compile("nonce=((?:[0-9a-fA-F]{2}){1,512})");
  private static final String TEXT = "text/plain; charset=utf-8";

  private final EnclaveIdentity identity;
  private final Semaphore places;
  private final RateLimit rate;

  private EvidenceEndpoint(Builder builder) {
    this.identity = builder.identity;
    this.places = new Semaphore(builder.concurrent);
    this.rate = new RateLimit(builder.perSecond, builder.nanoTime);
  }

  /** Starts with 16 requests at a time and 32 a second, half of what the agent allows a workload. */
  public static Builder builder(EnclaveIdentity identity) {
    return new Builder(identity);
  }

  /**
   * Answers a {@code GET} about the connection it came over.
   *
   * @param query the raw query, not decoded; empty if there was none
   * @param session the server's side of the connection
   */
  public Answer answer(Optional<String> query, SSLSession session) {
    Certificate[] served = session.getLocalCertificates();
    if (served == null || served.length == 0 || !(served[0] instanceof X509Certificate leaf)) {
      return Answer.text(421, "this connection has none of this enclave's certificates", true);
    }
    Matcher nonce = QUERY.matcher(query.orElse(""));
    if (!nonce.matches()) {
      return Answer.text(
          400,
          "the query must be nonce= and 1 to " + Nsm.MAX_NONCE_BYTES
              + " bytes in hex, and nothing else",
          false);
    }
    if (!places.tryAcquire()) {
      return Answer.text(503, "too many requests for evidence at a time", false);
    }
    try {
      return rate.tryTake()
          ? attested(HexFormat.of().parseHex(nonce.group(1)), leaf)
          : Answer.text(429, "too many requests for evidence", false);
    } finally {
      places.release();
    }
  }

  private Answer attested(byte[] nonce, X509Certificate served) {
    try {
      boolean last = !identity.isCurrent(served);
      return identity
          .attest(nonce, served)
          .map(document -> new Answer(200, "application/cbor", document, last))
          .orElseGet(() ->
              Answer.text(421, "the key of this connection was replaced; connect anew", true));
    } catch (NsmException e) {
      return Answer.text(503, "the NSM gives no evidence now: " + e.problem(), false);
    }
  }

  /** What to send back, with {@code Cache-Control: no-store}. Immutable. */
  public static final class Answer {
    private final int status;
    private final String contentType;
    private final byte[] body;
    private final boolean last;

    private Answer(int status, String contentType, byte[] body, boolean last) {
      this.status = status;
      this.contentType = contentType;
      this.body = body;
      this.last = last;
    }

    static Answer text(int status, String message, boolean last) {
      return new Answer(status, TEXT, (message + "\n").getBytes(StandardCharsets.UTF_8), last);
    }

    /**
     * 200 with a document; 400 for another query; 421 (RFC 9110, section 15.5.20) if this connection
     * can have none; 429 or 503 to those who may try again in a second.
     */
    public int status() {
      return status;
    }

    /** {@code application/cbor} for a document, else {@code text/plain}. */
    public String contentType() {
      return contentType;
    }

    /** The document (COSE_Sign1), or one line of what was wrong. */
    public byte[] body() {
      return body.clone();
    }

    /**
     * Whether to end the connection after it, so that the client gets one of the current key; for
     * example by {@code Connection: close}.
     */
    public boolean endsConnection() {
      return last;
    }
  }

  /** Collects the limits. */
  public static final class Builder {
    private final EnclaveIdentity identity;
    private int concurrent = 16;
    private int perSecond = 32;
    private LongSupplier nanoTime = System::nanoTime;

    private Builder(EnclaveIdentity identity) {
      this.identity = identity;
    }

    /** How many requests may wait for the NSM at a time. */
    public Builder concurrent(int most) {
      concurrent = positive(most);
      return this;
    }

    /** How many requests a second, and at once, go to the NSM. */
    public Builder perSecond(int most) {
      perSecond = positive(most);
      return this;
    }

    Builder nanoTime(LongSupplier source) {
      nanoTime = source;
      return this;
    }

    /** The endpoint. */
    public EvidenceEndpoint build() {
      return new EvidenceEndpoint(this);
    }

    private static int positive(int value) {
      if (value < 1) {
        throw new IllegalArgumentException("a limit must be at least 1, not " + value);
      }
      return value;
    }
  }
}
