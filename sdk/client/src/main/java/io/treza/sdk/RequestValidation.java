package io.treza.sdk;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back requests that are known to fail. The providers it judges by are asked for once and kept
 * for some time; before they refuse anything they are asked for again, and after the platform refused
 * what they allowed they are forgotten.
 */
final class RequestValidation {
  private static final Logger LOG = LoggerFactory.getLogger(RequestValidation.class);

  private final Supplier<List<Provider>> platform;
  private final Pacing pacing;
  private final Duration lifetime;
  private volatile Optional<Kept> kept = Optional.empty();

  private record Kept(List<Provider> providers, Duration since) {}

  RequestValidation(Supplier<List<Provider>> platform, Pacing pacing, Duration lifetime) {
    this.platform = platform;
    this.pacing = pacing;
    this.lifetime = lifetime;
  }

  /**
   * Sends a request unless the rules find something wrong with it.
   *
   * @throws TrezaException.InvalidRequest if they do; nothing was sent
   */
  <T> T send(Function<List<Provider>, List<RequestProblem>> rules, Supplier<T> request) {
    if (!young().map(rules).filter(List::isEmpty).isPresent()) {
      List<RequestProblem> problems = fetched().map(rules).orElse(List.of());
      if (!problems.isEmpty()) {
        throw new TrezaException.InvalidRequest(problems);
      }
    }
    try {
      return request.get();
    } catch (TrezaException.BadRequest e) {
      kept = Optional.empty();
      throw e;
    }
  }

  private Optional<List<Provider>> young() {
    return kept.filter(k -> pacing.elapsed().minus(k.since()).compareTo(lifetime) < 0)
        .map(Kept::providers);
  }

  /** What the platform says now; nothing if it tells this caller nothing, and then judges alone. */
  private Optional<List<Provider>> fetched() {
    Duration asked = pacing.elapsed();
    try {
      List<Provider> providers = List.copyOf(platform.get());
      kept = Optional.of(new Kept(providers, asked));
      return kept.map(Kept::providers);
    } catch (TrezaException e) {
      if (e.isTransient()) {
        throw e;
      }
      LOG.debug("Requests are not validated, for the platform does not tell its providers", e);
      return Optional.empty();
    }
  }
}
