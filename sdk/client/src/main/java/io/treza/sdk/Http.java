package io.treza.sdk;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Dispatcher;
import okhttp3.Headers;
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
 * One HTTP exchange: bounded in time and in bytes, ended by an interrupt, without redirects, and
 * with every failure to get an answer turned into a {@link TrezaException}.
 */
final class Http implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Http.class);
  private static final MediaType JSON = MediaType.get("application/json");

  // Whoever calls waits for the answer, so there are never more calls than callers.
  private static final int UNLIMITED = Integer.MAX_VALUE;

  private final OkHttpClient client;
  private final boolean ownsConnections;
  private final Duration timeout;
  private final int maxBytes;

  Http(Duration connectTimeout, Duration callTimeout, int maxBytes) {
    // The call's own timeout covers every read and write.
    this(
        new OkHttpClient.Builder()
            .connectTimeout(connectTimeout)
            .readTimeout(Duration.ZERO)
            .writeTimeout(Duration.ZERO)
            .build(),
        true,
        callTimeout,
        maxBytes);
  }

  /** Uses the connections, proxies, TLS settings and interceptors of somebody else's client. */
  static Http derived(OkHttpClient other, Duration callTimeout, int maxBytes) {
    return new Http(other, false, callTimeout, maxBytes);
  }

  private Http(OkHttpClient base, boolean ownsConnections, Duration timeout, int maxBytes) {
    Dispatcher dispatcher = new Dispatcher(daemons());
    dispatcher.setMaxRequests(UNLIMITED);
    dispatcher.setMaxRequestsPerHost(UNLIMITED);
    this.client = base.newBuilder()
        .dispatcher(dispatcher)
        .followRedirects(false)
        .followSslRedirects(false)
        // What one identity was told is not for another, and who waits wants the status of now.
        .cache(null)
        .build();
    this.ownsConnections = ownsConnections;
    this.timeout = timeout;
    this.maxBytes = maxBytes;
  }

  private static ExecutorService daemons() {
    return Executors.newCachedThreadPool(task -> {
      Thread thread = new Thread(task, "treza-client");
      thread.setDaemon(true);
      return thread;
    });
  }

  /** What came back, whatever the status. */
  record Answer(int status, Headers headers, byte[] body) {
    String contentType() {
      return header("Content-Type").orElse("");
    }

    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }

    /** The same with stars where the body repeats this text, of ASCII only. */
    Answer without(Secret secret) {
      String text = new String(body, StandardCharsets.ISO_8859_1);
      return new Answer(
          status,
          headers,
          text.replace(secret.value(), "***").getBytes(StandardCharsets.ISO_8859_1));
    }
  }

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

  /** A body that OkHttp by itself sends at most once: creating twice costs a machine. */
  static RequestBody sentOnce(byte[] json) {
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return JSON;
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
    return send(request, timeout);
  }

  Answer send(Request request, Duration atMost) {
    // Path and host only: a query holds the wallet or a nonce, headers hold the key.
    String what = request.method() + " " + request.url().encodedPath() + " on "
        + request.url().host();
    if (isClosed()) {
      throw new IllegalStateException("the client is closed");
    }
    Call call = client.newCall(request);
    // Zero would mean without end.
    long nanos = Math.max(1, Pacing.nanos(atMost));
    call.timeout().timeout(nanos, TimeUnit.NANOSECONDS);
    try {
      // OkHttp's own limit aborts what reads and writes, but not a resolver or an interceptor.
      Answer answer = answer(call).get(nanos, TimeUnit.NANOSECONDS);
      LOG.debug("{}: {}", what, answer.status());
      if (answer.body().length > maxBytes) {
        throw new TrezaException.UnexpectedAnswer(
            what + ": the answer is longer than " + maxBytes + " bytes",
            Failures.answered(answer, ""));
      }
      return answer;
    } catch (InterruptedException e) {
      call.cancel();
      Thread.currentThread().interrupt();
      throw new TrezaException.Cancelled(what + ": interrupted");
    } catch (TimeoutException e) {
      call.cancel();
      throw failure(what, new InterruptedIOException("not within " + atMost));
    } catch (ExecutionException e) {
      throw failure(what, Objects.requireNonNull(e.getCause()));
    }
  }

  private RuntimeException failure(String what, Throwable cause) {
    LOG.debug("{}: {}", what, cause.toString());
    if (isClosed()) {
      return new TrezaException.Cancelled(what + ": the client was closed");
    }
    if (cause instanceof InterruptedIOException) {
      return new TrezaException.Timeout(what + ": no answer in time", cause);
    }
    return cause instanceof IOException
        ? new TrezaException.Network(what + ": " + cause.getMessage(), cause)
        : new IllegalStateException(what + ": " + cause, cause);
  }

  /** The blocking read is left to another thread, for a platform thread in one hears no interrupt. */
  private CompletableFuture<Answer> answer(Call call) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    call.enqueue(new Callback() {
      @Override
      public void onFailure(Call failed, IOException e) {
        answer.completeExceptionally(e);
      }

      @Override
      public void onResponse(Call answered, Response response) {
        try (response) {
          answer.complete(new Answer(response.code(), response.headers(), body(response)));
        } catch (IOException | RuntimeException e) {
          answer.completeExceptionally(e);
        }
      }
    });
    return answer;
  }

  /** The body, or so much of it that it is seen to be too long. */
  private byte[] body(Response response) throws IOException {
    BufferedSource source = response.body().source();
    return source.request(maxBytes + 1L)
        ? source.readByteArray(maxBytes + 1L)
        : source.readByteArray();
  }

  /** Where its calls run; as many threads as there are calls. */
  Executor threads() {
    return client.dispatcher().executorService();
  }

  private boolean isClosed() {
    return client.dispatcher().executorService().isShutdown();
  }

  /** Ends what is under way and lets go of the connections that are its own. */
  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.dispatcher().cancelAll();
    if (ownsConnections) {
      client.connectionPool().evictAll();
    }
  }
}
