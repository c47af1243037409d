package io.treza.sdk;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one {@link ApiRequest} to the platform: with the credentials of the moment, as often as
 * is safe, within the time it has.
 */
final class Rest {
  private static final Logger LOG = LoggerFactory.getLogger(Rest.class);

  private static final int NOT_FOUND = 404;
  private static final Set<String> WITHOUT_BODY = Set.of("GET", "HEAD");

  private final Http http;
  private final HttpUrl baseUrl;
  private final Supplier<Credentials> credentials;
  private final CallListener listener;
  private final Pacing pacing;
  private final Limits limits;

  Rest(
      Http http,
      HttpUrl baseUrl,
      Supplier<Credentials> credentials,
      CallListener listener,
      Pacing pacing,
      Limits limits) {
    this.http = http;
    this.baseUrl = baseUrl;
    this.credentials = credentials;
    this.listener = listener;
    this.pacing = pacing;
    this.limits = limits;
  }

  /**
   * How long and how often.
   *
   * @param call the most a call may take with all its attempts and pauses
   * @param attempt the most one attempt may take
   */
  record Limits(Duration call, Duration attempt, RetryPolicy retries) {}

  /** The same, with less time for each call. */
  Rest within(Duration timeout) {
    return with(new Limits(timeout, limits.attempt(), limits.retries()));
  }

  /** The same for somebody who repeats by himself. */
  Rest once() {
    return with(new Limits(limits.call(), limits.attempt(), RetryPolicy.NONE));
  }

  private Rest with(Limits other) {
    return new Rest(http, baseUrl, credentials, listener, pacing, other);
  }

  Limits limits() {
    return limits;
  }

  Pacing pacing() {
    return pacing;
  }

  /** As whom to ask now. One call asks once, so that all it sends is of one identity. */
  Credentials credentials() {
    return credentials.get();
  }

  Fields send(ApiRequest request) {
    return send(request, credentials());
  }

  Fields send(ApiRequest request, Credentials as) {
    return new Fields(where(request), exchange(request, as));
  }

  ApiAnswer answer(ApiRequest request) {
    return new ApiAnswer(where(request), exchange(request, credentials()));
  }

  /** Removes something. That it is gone when asked a second time is what was wanted. */
  void delete(ApiRequest request) {
    Credentials as = credentials();
    exchange(withWallet(request, as).repeatable(), as);
  }

  /** For whom to act, if it has to be named: a key may say so by itself. */
  static Optional<String> wallet(Credentials as) {
    if (as.walletAddress().isEmpty() && as.bearerToken().isEmpty()) {
      throw new IllegalStateException(
          "this call acts for a wallet; build the client with walletAddress or an API key");
    }
    return as.walletAddress();
  }

  static ApiRequest withWallet(ApiRequest request, Credentials as) {
    return wallet(as).map(wallet -> request.query("wallet", wallet)).orElse(request);
  }

  private String where(ApiRequest request) {
    return request.method() + " " + url(request).encodedPath();
  }

  private Http.Answer exchange(ApiRequest request, Credentials as) {
    String where = where(request);
    Duration began = pacing.elapsed();
    boolean mayBeDone = false;
    for (int attempt = 1; ; attempt++) {
      try {
        Http.Answer answer =
            http.send(assembled(request, as), shorter(limits.attempt(), left(began)));
        if (!(mayBeDone && isGone(request, answer))) {
          // A failure tells what the server said, and that may be what it was asked with.
          Failures.throwUnless2xx(where, as.bearerToken().map(answer::without).orElse(answer));
        }
        report(request, OptionalInt.of(answer.status()), attempt, began);
        return answer;
      } catch (TrezaException e) {
        Duration pause = pauseAfter(attempt, e);
        if (attempt >= limits.retries().attempts()
            || !mayRepeat(request, e)
            || pause.compareTo(left(began)) >= 0) {
          report(request, e.httpStatus(), attempt, began);
          throw e;
        }
        mayBeDone |= !wasNotCarriedOut(e);
        LOG.debug("Attempt {} failed; the next follows in {}: {}", attempt, pause, e.getMessage());
        pause(where, pause);
      }
    }
  }

  private static boolean isGone(ApiRequest request, Http.Answer answer) {
    return request.method().equals("DELETE") && answer.status() == NOT_FOUND;
  }

  private Duration left(Duration began) {
    return limits.call().minus(pacing.elapsed().minus(began));
  }

  static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Full jitter, so that many clients that failed together do not come back together. */
  Duration pauseAfter(int attempt, TrezaException e) {
    return e.pauseAtLeast(pacing.upTo(limits.retries().longestPauseAfter(attempt)));
  }

  void pause(String where, Duration pause) {
    try {
      pacing.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrezaException.Cancelled(where + ": interrupted between two attempts");
    }
  }

  private static boolean mayRepeat(ApiRequest request, TrezaException e) {
    return request.isRepeatable() ? e.isTransient() : wasNotCarriedOut(e);
  }

  /** Whether the server did nothing: it refused to be asked so often, or was never reached. */
  static boolean wasNotCarriedOut(TrezaException e) {
    return e instanceof TrezaException.RateLimited
        || e.getCause() instanceof ConnectException
        || e.getCause() instanceof UnknownHostException;
  }

  private Request assembled(ApiRequest request, Credentials as) {
    Request.Builder http = new Request.Builder()
        .url(url(request))
        .method(request.method(), body(request))
        .header("Accept", "application/json");
    request.headers().forEach(http::header);
    as.walletAddress().ifPresent(wallet -> http.header("x-treza-wallet", wallet));
    as.bearerToken().ifPresent(token -> {
      requireConfidential(baseUrl);
      http.header("Authorization", "Bearer " + token.value());
    });
    return http.build();
  }

  /** OkHttp repeats by itself what has none, a DELETE too; so an empty one where there may be one. */
  private static @Nullable RequestBody body(ApiRequest request) {
    return WITHOUT_BODY.contains(request.method())
        ? null
        : Http.sentOnce(request.json().orElse(new byte[0]));
  }

  /** The same, for a request or an answer with a secret in it. */
  Rest confidential() {
    requireConfidential(baseUrl);
    return this;
  }

  /** A secret must not cross a network in the clear. */
  static void requireConfidential(HttpUrl url) {
    if (!url.isHttps()
        && !url.host().equals("localhost")
        && !url.host().equals("127.0.0.1")
        && !url.host().equals("::1")) {
      throw new IllegalArgumentException(
          "a secret would cross the network in the clear; use https for " + url);
    }
  }

  private HttpUrl url(ApiRequest request) {
    HttpUrl.Builder url = baseUrl.newBuilder();
    request.path().forEach(url::addPathSegment);
    request.query().forEach(url::addQueryParameter);
    return url.build();
  }

  private void report(ApiRequest request, OptionalInt status, int attempts, Duration began) {
    try {
      listener.ended(new CallListener.Call(
          request.method(), request.route(), status, attempts, pacing.elapsed().minus(began)));
    } catch (RuntimeException e) {
      LOG.warn("The call listener failed", e);
    }
  }

  /** The address. */
  @Override
  public String toString() {
    return baseUrl.toString();
  }
}
