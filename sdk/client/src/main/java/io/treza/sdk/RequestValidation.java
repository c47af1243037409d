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

  private final Pacing pacing;
  private final Optional<Duration> lifetime;
  private volatile Optional<Kept> kept = Optional.empty();

  private record Kept(List<Provider> providers, Duration since) {}

  /** What to find wrong with a request, by the platform's providers. */
  @FunctionalInterface
  interface Rules extends Function<List<Provider>, List<RequestProblem>> {}

  /** Keeps providers for this time, or holds back nothing if there is none. */
  RequestValidation(Pacing pacing, Optional<Duration> lifetime) {
    this.pacing = pacing;
    this.lifetime = lifetime;
  }

  Enclave create(Rest rest, CreateEnclaveRequest request) {
    Rules rules = providers -> RequestCheck.problems(
        providers,
        request.providerId(),
        Optional.of(request.region()),
        Optional.of(request.providerConfig()));
    return send(rules, () -> new ProviderApi(rest).list(), new Creation(rest, request)::create);
  }

  /** The platform itself looks at region and settings only if the provider is named beside them. */
  Enclave update(Rest rest, UpdateEnclaveRequest request) {
    Duration began = pacing.elapsed();
    // What is asked before is part of the one call that has a time limit.
    Supplier<Rest> inTime =
        () -> rest.within(rest.limits().call().minus(pacing.elapsed().minus(began)));
    Optional<String> region = request.text("region");
    Optional<String> providerId = request.text("providerId");
    if (region.isEmpty() && providerId.isEmpty() && request.providerConfig().isEmpty()) {
      return new EnclaveApi(rest).update(request);
    }
    Rules rules = providers -> providerId
        .or(() -> new EnclaveApi(inTime.get()).get(request.id()).providerId())
        .map(id -> RequestCheck.problems(providers, id, region, request.providerConfig()))
        .orElse(List.of());
    return send(
        rules,
        () -> new ProviderApi(inTime.get()).list(),
        () -> new EnclaveApi(inTime.get()).update(request));
  }

  /**
   * Sends a request unless the rules find something wrong with it.
   *
   * @param platform asks for the providers
   * @throws TrezaException.InvalidRequest if something is; nothing was sent
   */
  <T> T send(Rules rules, Supplier<List<Provider>> platform, Supplier<T> request) {
    if (lifetime.isPresent() && !young().map(rules).filter(List::isEmpty).isPresent()) {
      List<RequestProblem> problems = fetched(platform).map(rules).orElse(List.of());
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
    return kept.filter(k -> pacing.elapsed().minus(k.since()).compareTo(lifetime.orElseThrow()) < 0)
        .map(Kept::providers);
  }

  /** What the platform says now; nothing if it answers otherwise, and then judges alone. */
  private Optional<List<Provider>> fetched(Supplier<List<Provider>> platform) {
    Duration asked = pacing.elapsed();
    try {
      List<Provider> providers = List.copyOf(platform.get());
      kept = Optional.of(new Kept(providers, asked));
      return Optional.of(providers);
    } catch (TrezaException e) {
      if (e.httpStatus().isEmpty()) {
        throw e; // and nothing was sent that would have to be looked for
      }
      LOG.debug("The request is not validated: the platform does not tell its providers", e);
      return Optional.empty();
    }
  }
}
