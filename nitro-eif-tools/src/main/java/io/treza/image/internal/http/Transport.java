package io.treza.image.internal.http;

import io.treza.image.ImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Single HTTP requests, each read whole before it counts as done, and repeated if it broke. */
public final class Transport implements AutoCloseable {
  private final OkHttpClient client;
  private final Retries retries;

  /**
   * Prepares to send.
   *
   * @param timeout the longest time without a byte
   * @param proxies which requests go through a proxy
   */
  public Transport(Duration timeout, Retries retries, Proxies proxies) {
    this.client = new OkHttpClient.Builder()
        .connectTimeout(timeout)
        .readTimeout(timeout)
        .writeTimeout(timeout)
        .proxySelector(proxies)
        .proxyAuthenticator(proxies::authenticate)
        // Redirects and failures are handled where it is known what may be sent where.
        .followRedirects(false)
        .followSslRedirects(false)
        .retryOnConnectionFailure(false)
        .build();
    this.retries = retries;
  }

  /** What reads an answer, whatever its status. */
  @FunctionalInterface
  public interface Reader<T> {
    /** Reads it. */
    T read(Response response) throws IOException;
  }

  /**
   * Sends a request that changes nothing, and again if the connection or the server failed.
   *
   * @param what to call the request in messages
   */
  public <T> T read(Request request, String what, Reader<T> reader) throws IOException {
    for (int attempt = 1; ; attempt++) {
      boolean last = attempt == Retries.ATTEMPTS;
      Optional<String> retryAfter;
      try (Response response = client.newCall(request).execute()) {
        if (last || !Retries.mayPass(response.code())) {
          return reader.read(response);
        }
        retryAfter = Optional.ofNullable(response.header("Retry-After"));
      } catch (IOException e) {
        if (e instanceof InterruptedIOException && Thread.currentThread().isInterrupted()) {
          throw new ImageException(what + ": interrupted", e);
        }
        if (e instanceof ImageException verdict) {
          throw verdict;
        }
        if (last || !Retries.mayPass(e)) {
          throw new ImageException(
              what + ": " + reason(e) + (last ? "; gave up after " + attempt + " attempts" : ""),
              e);
        }
        retryAfter = Optional.empty();
      }
      pause(attempt, retryAfter, what);
    }
  }

  private void pause(int failed, Optional<String> retryAfter, String what) throws IOException {
    try {
      retries.pause(failed, retryAfter);
    } catch (ImageException e) {
      throw new ImageException(what + ": " + e.getMessage(), e);
    }
  }

  /** What became of a request that cannot be sent again as it is. */
  public sealed interface Sent<T> {
    /** It was answered. */
    record Answered<T>(T value) implements Sent<T> {}

    /** The connection or the server failed, which may pass. */
    record Broken<T>(ImageException why, Optional<String> retryAfter) implements Sent<T> {}
  }

  /** Sends a request once; what cannot pass is thrown. */
  public <T> Sent<T> attempt(Request request, String what, Reader<T> reader) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      try {
        return new Sent.Answered<>(reader.read(response));
      } catch (ImageException e) {
        if (Retries.mayPass(response.code())) {
          return new Sent.Broken<>(e, Optional.ofNullable(response.header("Retry-After")));
        }
        throw e;
      }
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      ImageException why = new ImageException(what + ": " + reason(e), e);
      if (Thread.currentThread().isInterrupted() || !Retries.mayPass(e)) {
        throw why;
      }
      return new Sent.Broken<>(why, Optional.empty());
    }
  }

  /** Sends a request once, and any failure is thrown. */
  public <T> T once(Request request, String what, Reader<T> reader) throws IOException {
    Sent<T> sent = attempt(request, what, reader);
    if (sent instanceof Sent.Answered<T> answered) {
      return answered.value();
    }
    throw ((Sent.Broken<T>) sent).why();
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    if (e instanceof UnknownHostException) {
      return "no such host (" + message + ")";
    }
    String reason = message == null ? e.getClass().getSimpleName() : message;
    return e instanceof SSLHandshakeException
        ? reason + "; if the server's authority is your own, add its certificate to the trust store"
            + " of the JVM (javax.net.ssl.trustStore)"
        : reason;
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }
}
