package io.treza.sdk.reference;

import io.treza.attestation.reference.ReferenceValuesException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Reference values from a web server, by TLS. A file that has not changed is not sent again (RFC
 * 9110, sections 13.1.2 and 15.4.5); time and bytes are bounded; redirects never lead away from TLS
 * and take no header of the user's along to another server.
 */
public final class HttpsFetcher implements ReferenceValuesFetcher {
  private static final int MAX_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** RFC 9110, section 8.8.3. */
  private static final Pattern ENTITY_TAG =
      Pattern.compile("(W/)?\"[\\x21\\x23-\\x7e\\x80-\\xff]{0,1024}\"");

  private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1");

  private final HttpUrl address;
  private final Map<String, String> headers;
  private final boolean insecure;
  private final OkHttpClient client;
  private Optional<Kept> kept = Optional.empty();

  private HttpsFetcher(Builder builder) {
    this.address = builder.address;
    this.headers = Map.copyOf(builder.headers);
    this.insecure = builder.insecure;
    this.client = builder
        .tls
        .apply(new OkHttpClient.Builder()
            .connectTimeout(builder.connectTimeout)
            .readTimeout(builder.callTimeout)
            .callTimeout(builder.callTimeout)
            // Followed here, where it is known what may be sent where.
            .followRedirects(false)
            .followSslRedirects(false))
        .build();
  }

  /** The last file that came with an entity tag. */
  private record Kept(HttpUrl from, String entityTag, byte[] file) {}

  /**
   * Starts with the address.
   *
   * @throws IllegalArgumentException if it is not one of http or https, or has credentials or a
   *     fragment in it
   */
  public static Builder builder(URI address) {
    return new Builder(address);
  }

  @Override
  public synchronized byte[] fetch() throws IOException, ReferenceValuesException {
    HttpUrl url = address;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      try (Response response = client.newCall(request(url)).execute()) {
        if (!REDIRECTS.contains(response.code())) {
          return answer(url, response);
        }
        url = target(url, response.header("Location"));
      } catch (IOException e) {
        throw e instanceof Unusable ? e : new IOException(shown(url) + ": " + reason(e), e);
      }
    }
    throw new Unusable(shown(address) + ": more than " + MAX_REDIRECTS + " redirects");
  }

  private Request request(HttpUrl url) {
    Request.Builder request = new Request.Builder()
        .url(url)
        .header("Accept", "application/json, */*")
        // What is packed could be unpacked to any size; reference values are small.
        .header("Accept-Encoding", "identity")
        .header("User-Agent", "treza");
    if (sameServer(address, url)) {
      headers.forEach(request::header);
    }
    condition(url).ifPresent(k -> request.header("If-None-Match", k.entityTag()));
    return request.build();
  }

  private Optional<Kept> condition(HttpUrl url) {
    return kept.filter(k -> k.from().equals(url));
  }

  private byte[] answer(HttpUrl url, Response response)
      throws IOException, ReferenceValuesException {
    Optional<Kept> condition = condition(url);
    Optional<String> entityTag = Optional.ofNullable(response.header("ETag"));
    if (response.code() == 304) {
      kept = condition.filter(k -> entityTag.isEmpty() || sameTag(entityTag.get(), k.entityTag()));
      return kept.map(Kept::file)
          .orElseThrow(() ->
              new Unusable(shown(url) + ": says that a file has not changed which it never sent"));
    }
    // Whatever came before is not to be had by a condition any more.
    kept = Optional.empty();
    if (response.code() != 200) {
      throw new Unusable(shown(url) + ": HTTP status " + response.code());
    }
    String encoding = response.header("Content-Encoding", "identity");
    if (!"identity".equalsIgnoreCase(encoding)) {
      throw new Unusable(
          shown(url) + ": is compressed, which was not asked for; serve it as it is");
    }
    BufferedSource body = response.body().source();
    if (body.request(Limits.MAX_BYTES + 1L)) {
      throw Limits.tooLarge(shown(url));
    }
    byte[] file = body.readByteArray();
    kept = entityTag
        .filter(tag -> ENTITY_TAG.matcher(tag).matches())
        .map(tag -> new Kept(url, tag, file));
    return file.clone();
  }

  /** By weak comparison, as conditions on reading are (RFC 9110, section 8.8.3.2). */
  private static boolean sameTag(String one, String other) {
    return one.replaceFirst("^W/", "").equals(other.replaceFirst("^W/", ""));
  }

  private HttpUrl target(HttpUrl from, @Nullable String location) throws Unusable {
    HttpUrl to = location == null ? null : from.resolve(location);
    if (to == null) {
      throw new Unusable(shown(from) + ": a redirect that leads nowhere");
    }
    if (!to.isHttps() && (from.isHttps() || !mayBePlain(to, insecure))) {
      throw new Unusable(shown(from) + ": a redirect away from TLS, to " + to.host());
    }
    return to;
  }

  private static boolean mayBePlain(HttpUrl url, boolean insecure) {
    return insecure || LOOPBACK.matcher(url.host()).matches();
  }

  private static boolean sameServer(HttpUrl one, HttpUrl other) {
    return one.scheme().equals(other.scheme())
        && one.host().equals(other.host())
        && one.port() == other.port();
  }

  /** Without the query, which may hold a token. */
  private static String shown(HttpUrl url) {
    return url.newBuilder().query(null).username("").password("").build().toString();
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /** An answer that cannot be used; its message says all. */
  private static final class Unusable extends IOException {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  /** Collects the settings that have defaults. */
  public static final class Builder {
    private final HttpUrl address;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration callTimeout = Duration.ofSeconds(10);
    private boolean insecure;
    private UnaryOperator<OkHttpClient.Builder> tls = UnaryOperator.identity();

    private Builder(URI address) {
      HttpUrl url = HttpUrl.parse(address.toString());
      if (url == null
          || url.fragment() != null
          || !url.username().isEmpty()
          || !url.password().isEmpty()) {
        throw new IllegalArgumentException("expected an https address without credentials or"
            + " fragment, not one of scheme " + address.getScheme());
      }
      this.address = url;
    }

    /**
     * Sends a header, to this server alone: a token, for example. Its value is in no message.
     *
     * @throws IllegalArgumentException if it does not fit in a header
     */
    public Builder header(String name, String value) {
      try {
        new Request.Builder().url(address).header(name, value);
      } catch (IllegalArgumentException e) {
        // Without the cause, whose message may hold the value.
        throw new IllegalArgumentException("header " + name + ": does not fit in a header");
      }
      headers.put(name, value);
      return this;
    }

    /** How long connecting may take; by default 5 seconds. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = timeout;
      return this;
    }

    /** How long one exchange may take as a whole; by default 10 seconds. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = timeout;
      return this;
    }

    /**
     * Insecure: goes without TLS, to any server. Anybody on the way can then read the headers and
     * hold newer files back; only their signatures cannot be forged.
     */
    public Builder insecureHttp() {
      this.insecure = true;
      return this;
    }

    /** Other certificates, for tests. */
    Builder tls(UnaryOperator<OkHttpClient.Builder> settings) {
      this.tls = settings;
      return this;
    }

    /**
     * The fetcher.
     *
     * @throws IllegalArgumentException if the address is one of http, not on this machine, and
     *     {@link #insecureHttp} was not called
     */
    public HttpsFetcher build() {
      if (!address.isHttps() && !mayBePlain(address, insecure)) {
        throw new IllegalArgumentException(
            shown(address) + ": is not protected by TLS; use https, or call insecureHttp");
      }
      return new HttpsFetcher(this);
    }
  }
}
