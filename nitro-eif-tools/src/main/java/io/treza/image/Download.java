package io.treza.image;

import io.treza.image.internal.http.PlainHttp;
import io.treza.image.internal.http.Proxies;
import io.treza.image.internal.http.Redirects;
import io.treza.image.internal.http.Retries;
import io.treza.image.internal.http.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;

/**
 * A file on a web server, to be downloaded by TLS and within a limit. What it is nobody vouches for:
 * check its digest.
 */
public final class Download {
  private static final int BUFFER = 1 << 16;

  private final HttpUrl address;
  private final Proxies proxies;
  private boolean insecure;
  private long maxBytes = 1L << 30;
  private Duration timeout = Duration.ofSeconds(60);
  private Progress progress = (done, total) -> {};

  private Download(HttpUrl address, Proxies proxies) {
    this.address = address;
    this.proxies = proxies;
  }

  /**
   * Names a file; nothing is asked for yet.
   *
   * @throws IllegalArgumentException if {@code address} is not one of HTTP, or has a password in it
   */
  public static Download of(URI address) {
    HttpUrl url = HttpUrl.parse(address.toString());
    if (url == null || !url.username().isEmpty() || !url.password().isEmpty()) {
      throw new IllegalArgumentException(
          (url == null ? address : url.host()) + ": not like https://host/file, without a user");
    }
    return new Download(url, Proxies.of(System.getenv()));
  }

  /** Permits plain HTTP to other machines than this one: anyone on the way can change the file. */
  public Download insecureHttp(boolean permitted) {
    this.insecure = permitted;
    return this;
  }

  /** The most bytes to take; default 1 GiB. */
  public Download maxBytes(long bytes) {
    this.maxBytes = bytes;
    return this;
  }

  /** The longest time without a byte; default one minute. */
  public Download timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /** What hears how far it is. */
  public Download progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /** Hears how far a download is. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Called at the start and as bytes come; after a broken connection again with less.
     *
     * @param done bytes so far
     * @param total bytes in all, if the server says so
     */
    void progress(long done, OptionalLong total);
  }

  /**
   * Downloads it.
   *
   * @param file what to write, or to write over
   * @throws ImageException if it cannot be had: no TLS, no such file, more than the limit, or broken
   *     off again and again
   * @throws IOException if {@code file} cannot be written; its content is then of no use
   */
  public void to(Path file) throws IOException {
    requireTls(address);
    try (Transport transport = new Transport(timeout, Retries.standard(), proxies)) {
      Optional<HttpUrl> next = Optional.of(address);
      for (int hop = 0; next.isPresent(); hop++) {
        if (hop > Redirects.MOST) {
          throw new ImageException(this + ": more than " + Redirects.MOST + " redirects");
        }
        HttpUrl url = next.get();
        // A digest is of the bytes as stored; OkHttp would decompress what it asked for itself.
        Request request = new Request.Builder()
            .url(url)
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "treza")
            .build();
        next = transport.read(request, toString(), response -> step(response, url, file));
      }
    }
  }

  /** Where the answer leads; nowhere, if it was the file. */
  private Optional<HttpUrl> step(Response response, HttpUrl from, Path file) throws IOException {
    if (Redirects.is(response)) {
      HttpUrl target = Redirects.target(response, toString(), from);
      requireTls(target);
      return Optional.of(target);
    }
    if (response.code() != 200) {
      throw new ImageException(this + ": HTTP status " + response.code() + " from " + from.host()
          + (response.code() == 404 ? ", not found; check the address" : ""));
    }
    long length = response.body().contentLength();
    OptionalLong stated = length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    long total = 0;
    progress.progress(total, stated);
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = response.body().byteStream();
        OutputStream out = Files.newOutputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        total += n;
        if (total > maxBytes) {
          throw new ImageException(
              this + ": more than " + maxBytes + " bytes; raise the limit if meant");
        }
        out.write(buffer, 0, n);
        progress.progress(total, stated);
      }
    }
    return Optional.empty();
  }

  private void requireTls(HttpUrl url) throws ImageException {
    if (!url.isHttps() && !insecure && !new PlainHttp(Set.of()).allows(url.host())) {
      throw new ImageException(this + ": " + url.host()
          + " would be asked without TLS, so that others can change the file; use https");
    }
  }

  /** The address, without what may be secret in it. */
  @Override
  public String toString() {
    return address.newBuilder().query(null).fragment(null).build().toString();
  }
}
