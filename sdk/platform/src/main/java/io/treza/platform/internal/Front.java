package io.treza.platform.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.treza.platform.Limits;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request meets before its route: the guard, the limits, the key and its scopes.
 *
 * <p>The order is on purpose: who has no key learns nothing of which routes and ids there are, and
 * what is refused costs next to nothing.
 */
public final class Front implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Front.class);
  /** RFC 9113, 6.5.2: what a header counts for beyond its octets. */
  private static final int HEADER_OVERHEAD = 32;

  private final Guard guard;
  private final KeyRing keys;
  private final Router router;
  private final Limits limits;
  private final RateLimiter rate;
  private final Semaphore places;
  private final Traffic traffic;

  /** Serves the routes to whom guard, limits and keys let in. */
  public Front(
      Guard guard, KeyRing keys, Api api, Limits limits, Traffic traffic, InstantSource clock) {
    this.guard = guard;
    this.keys = keys;
    this.router = new Router(api.routes());
    this.limits = limits;
    this.traffic = traffic;
    this.rate = new RateLimiter(limits, clock);
    this.places = new Semaphore(limits.concurrentRequests());
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    // In this order: a request is gone when all of its answer has left.
    try (Traffic.Request request = traffic.begin(exchange);
        exchange) {
      send(exchange, answer(exchange, request));
    }
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Cache-Control", "no-store");
    reply.headers().forEach(headers::set);
    if (reply.content().isEmpty() || exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(reply.status(), -1);
      return;
    }
    headers.set("Content-Type", reply.content().get().type());
    byte[] body = reply.content().get().text().getBytes(UTF_8);
    exchange.sendResponseHeaders(reply.status(), body.length);
    exchange.getResponseBody().write(body);
  }

  private Reply answer(HttpExchange exchange, Traffic.Request request) {
    try {
      return reply(exchange, request);
    } catch (Call.BadBodyException e) {
      return e.reply();
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI().getRawPath(), e);
      return Reply.error(500, "Internal server error");
    }
  }

  private Reply reply(HttpExchange exchange, Traffic.Request request)
      throws IOException, Call.BadBodyException {
    Headers headers = exchange.getRequestHeaders();
    Optional<Reply> refusal = guard.refusal(headers).or(() -> tooLarge(headers));
    if (refusal.isPresent()) {
      return refusal.get();
    }
    List<String> path;
    try {
      path = Call.segments(exchange.getRequestURI().getRawPath());
    } catch (IllegalArgumentException e) {
      return Reply.error(400, "Malformed address");
    }
    Optional<Router.Match> match = router.find(exchange.getRequestMethod(), path);
    match.ifPresent(found -> request.matched(found.route()));
    if (match.isPresent() && match.get().route().access() instanceof Route.Access.Open) {
      // A probe is answered when the server is busy, too.
      return run(exchange, match.get(), Optional.empty());
    }
    if (traffic.stopping()) {
      return Reply.error(503, "The server is stopping").with("Connection", "close");
    }
    if (!places.tryAcquire()) {
      return Reply.error(503, "Too many requests at a time").with("Retry-After", "1");
    }
    try {
      return admitted(exchange, path, match);
    } finally {
      places.release();
    }
  }

  private Optional<Reply> tooLarge(Headers headers) {
    long bytes = 0;
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      for (String value : header.getValue()) {
        bytes += header.getKey().length() + value.length() + HEADER_OVERHEAD;
      }
    }
    if (bytes > limits.headerBytes()) {
      return Optional.of(
          Reply.error(431, "Request headers are over " + limits.headerBytes() + " bytes"));
    }
    String length = headers.getFirst("Content-Length");
    return length != null && Long.parseLong(length) > limits.bodyBytes()
        ? Optional.of(Call.tooLong(limits.bodyBytes()))
        : Optional.empty();
  }

  private Reply admitted(HttpExchange exchange, List<String> path, Optional<Router.Match> match)
      throws IOException, Call.BadBodyException {
    Optional<Caller> caller = keys.caller(exchange.getRequestHeaders());
    if (caller.isEmpty()) {
      // RFC 6750, 3.
      return Reply.error(401, "Unauthorized").with("WWW-Authenticate", "Bearer");
    }
    Optional<Duration> wait = rate.take(caller.get().keyId());
    if (wait.isPresent()) {
      long seconds = wait.get().plusMillis(999).toSeconds();
      return Reply.error(429, "Too many requests").with("Retry-After", Long.toString(seconds));
    }
    if (match.isEmpty()) {
      return router.unserved(path);
    }
    if (match.get().route().access() instanceof Route.Access.Scoped scoped
        && !caller.get().scopes().contains(scoped.scope())) {
      return Reply.error(
          403, "The API key lacks the permission " + scoped.scope().word());
    }
    return run(exchange, match.get(), caller);
  }

  private Reply run(HttpExchange exchange, Router.Match match, Optional<Caller> caller)
      throws IOException, Call.BadBodyException {
    Call call = new Call(exchange, match.values(), caller, limits.bodyBytes());
    return match.route().handler().handle(call);
  }
}
