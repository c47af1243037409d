package io.treza.platform.internal;

import com.sun.net.httpserver.HttpExchange;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Sees each request come and go: gives it an id, logs and counts it, and knows when the last one
 * has gone.
 *
 * <p>The id is the caller's {@code x-request-id} if that is a plain word, so that one id follows a
 * request through a proxy, and a new one otherwise. It is in the answer, and under {@code
 * request_id} in the logging context of whatever is logged meanwhile.
 */
public final class Traffic {
  private static final Logger LOG = LoggerFactory.getLogger(Traffic.class);
  private static final String HEADER = "x-request-id";
  private static final String CONTEXT = "request_id";
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Set<String> METHODS =
      Set.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS");
  private static final int ALL = Integer.MAX_VALUE;

  private final Metrics metrics;
  private final Semaphore room = new Semaphore(ALL);
  private volatile boolean stopping;

  /** Counts in {@code metrics}. */
  public Traffic(Metrics metrics) {
    this.metrics = metrics;
  }

  /** A request has come. To be closed when its answer has been sent. */
  Request begin(HttpExchange exchange) {
    room.acquireUninterruptibly();
    return new Request(exchange);
  }

  /** Whether no further request should be let in. */
  boolean stopping() {
    return stopping;
  }

  /** How many have come and not gone. */
  int inFlight() {
    return ALL - room.availablePermits();
  }

  /**
   * Waits until those that have come are gone; those that come meanwhile can tell by {@link
   * #stopping}.
   *
   * @return false if some were still there at the end of that time
   */
  public boolean drain(Duration atMost) throws InterruptedException {
    stopping = true;
    boolean drained = room.tryAcquire(ALL, atMost.toMillis(), TimeUnit.MILLISECONDS);
    if (drained) {
      room.release(ALL);
    }
    return drained;
  }

  /** One request, from its headers to the end of its answer. */
  final class Request implements AutoCloseable {
    private final HttpExchange exchange;
    private final long start = System.nanoTime();
    private final MDC.MDCCloseable context;
    private String route = "unmatched";

    private Request(HttpExchange exchange) {
      this.exchange = exchange;
      String given = exchange.getRequestHeaders().getFirst(HEADER);
      String id = given != null && WORD.matcher(given).matches()
          ? given
          : Long.toHexString(ThreadLocalRandom.current().nextLong(1L << 60, Long.MAX_VALUE));
      exchange.getResponseHeaders().set(HEADER, id);
      this.context = MDC.putCloseable(CONTEXT, id);
    }

    /** The template of its route. */
    void matched(Route found) {
      route = found.path();
    }

    @Override
    public void close() {
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      String method = exchange.getRequestMethod();
      int status = exchange.getResponseCode();
      metrics.answered(METHODS.contains(method) ? method : "other", route, status, time);
      LOG.atDebug()
          .addKeyValue("method", method)
          .addKeyValue("path", exchange.getRequestURI().getRawPath())
          .addKeyValue("status", status)
          .addKeyValue("micros", time.toNanos() / 1000)
          .log("Request");
      context.close();
      room.release();
    }
  }
}
