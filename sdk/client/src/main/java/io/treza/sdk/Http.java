package io.treza.sdk;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.BufferedSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP exchange: bounded in time and in bytes, without redirects, and with every failure to
 * get an answer turned into a {@link TrezaException}.
 */
final class Http implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Http.class);

  private final OkHttpClient client;
  private final int maxBytes;

  Http(Duration connectTimeout, Duration callTimeout, int maxBytes) {
    this.client = new OkHttpClient.Builder()
        .connectTimeout(connectTimeout)
        .readTimeout(callTimeout)
        .writeTimeout(callTimeout)
        .callTimeout(callTimeout)
        .followRedirects(false)
        .followSslRedirects(false)
        .build();
    this.maxBytes = maxBytes;
  }

  /** What came back, whatever the status. */
  record Answer(int status, String contentType, Optional<String> retryAfter, byte[] body) {}

  /** An address to build on: http or https, without credentials or fragment in it. */
  static HttpUrl url(String what, URI uri) {
    HttpUrl url = HttpUrl.get(checked(what, uri).toString());
    if (!url.username().isEmpty() || !url.password().isEmpty() || url.fragment() != null) {
      throw new IllegalArgumentException(
          what + " must have neither credentials nor a fragment in it");
    }
    return url;
  }

  private static URI checked(String what, URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null) {
      throw new IllegalArgumentException(
          what + " must be an absolute http or https address, not \"" + uri + "\"");
    }
    return uri;
  }

  /** A body that OkHttp sends at most once, whatever happens: creating twice costs a machine. */
  static RequestBody sentOnce(byte[] json) {
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return MediaType.get("application/json");
      }

      @Override
      public long contentLength() {
        return json.length;
      }

      @Override
      public boolean isOneShot() {
        return true;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        sink.write(json);
      }
    };
  }

  Answer send(Request request) {
    // Path and host only: a query holds the wallet or a nonce, headers hold the key.
    String what = request.method() + " " + request.url().encodedPath() + " on "
        + request.url().host();
    try (Response response = client.newCall(request).execute()) {
      LOG.debug("{}: {}", what, response.code());
      return new Answer(
          response.code(),
          Optional.ofNullable(response.header("Content-Type")).orElse(""),
          Optional.ofNullable(response.header("Retry-After")),
          read(what, response));
    } catch (InterruptedIOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new TrezaException.Network(what + ": interrupted", e);
      }
      throw new TrezaException.Timeout(what + ": no answer in time", e);
    } catch (IOException e) {
      throw new TrezaException.Network(what + ": " + e.getMessage(), e);
    }
  }

  private byte[] read(String what, Response response) throws IOException {
    BufferedSource source = response.body().source();
    if (source.request(maxBytes + 1L)) {
      throw new TrezaException.UnexpectedAnswer(
          what + ": the answer is longer than " + maxBytes + " bytes",
          new TrezaException.Answered(response.code(), ""));
    }
    return source.readByteArray();
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }
}
