package io.treza.sdk;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates an enclave once, though answers get lost.
 *
 * <p>Each creation has a key. It travels as the {@code Idempotency-Key} header, for servers that
 * honour it, and among the provider's settings, which servers keep as they come. When it is unclear
 * whether a request was carried out, the wallet's enclaves are searched for that mark before it is
 * sent again; when the search cannot tell, neither can this, and it says so.
 */
final class Creation {
  /** The setting that carries the key. */
  static final String MARK = "clientToken";

  private static final Logger LOG = LoggerFactory.getLogger(Creation.class);
  private static final int KEY_BYTES = 16;
  private static final Duration CLOCKS_MAY_DIFFER = Duration.ofMinutes(10);

  // A list may end where a page of the server's database ends; a page of DynamoDB is 1 MB.
  private static final int LIST_MAY_BE_CUT = 1_000_000;

  private final Rest rest;
  private final Credentials as;
  private final CreateEnclaveRequest request;
  private final String key;
  private final Map<String, Object> settings;
  private final Instant began;
  private final Duration start;

  Creation(Rest rest, CreateEnclaveRequest request) {
    this.rest = rest;
    this.as = rest.credentials();
    this.request = request;
    this.key = request.idempotencyKey().orElseGet(Creation::newKey);
    this.settings = new LinkedHashMap<>(request.providerConfig());
    settings.put(MARK, key);
    this.began = rest.pacing().now();
    this.start = rest.pacing().elapsed();
  }

  private static String newKey() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return HexFormat.of().formatHex(key);
  }

  Enclave create() {
    if (request.privateRegistry().isPresent()
        || request.githubConnection().flatMap(GitHubConnection::accessToken).isPresent()) {
      rest.confidential();
    }
    // A key of the caller's own may be of an earlier call, perhaps of another process.
    if (request.idempotencyKey().isPresent()) {
      List<Enclave> made = marked(list(Optional.empty()));
      if (!made.isEmpty()) {
        return one(made, Optional.empty());
      }
    }
    for (int attempt = 1; ; attempt++) {
      try {
        Enclave made = Enclave.read(inTime().send(post(), as).object("enclave"));
        return attempt == 1 ? made : onlyOne(made);
      } catch (TrezaException e) {
        if (!isUnclear(e, attempt)) {
          throw e;
        }
        LOG.debug("Looking whether the enclave was created after all: {}", e.getMessage());
        Optional<Enclave> made = lookedFor(e);
        if (made.isPresent()) {
          return made.get();
        }
        Duration pause = rest.pauseAfter(attempt, e);
        if (attempt >= rest.limits().retries().attempts() || pause.compareTo(left()) >= 0) {
          throw e;
        }
        rest.pause("POST " + EnclaveApi.ENCLAVES, pause);
      }
    }
  }

  /** All the requests together are one call. */
  private Rest inTime() {
    return rest.within(left());
  }

  private Duration left() {
    return rest.limits().call().minus(rest.pacing().elapsed().minus(start));
  }

  /**
   * Whether it may have been carried out. A server that honours the key says 409 to the second
   * request while it is still at work on the first.
   */
  private static boolean isUnclear(TrezaException e, int attempt) {
    return (e.isTransient() && !Rest.wasNotCarriedOut(e))
        || (e instanceof TrezaException.UnexpectedAnswer && e.httpStatus().orElse(0) < 300)
        || (e instanceof TrezaException.Conflict && attempt > 1);
  }

  private ApiRequest post() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", request.name());
    body.put("description", request.description());
    body.put("region", request.region());
    Rest.wallet(as).ifPresent(wallet -> body.put("walletAddress", wallet));
    body.put("providerId", request.providerId());
    body.put("providerConfig", settings);
    request.sourceType().ifPresent(type -> body.put("sourceType", type));
    request.githubConnection().ifPresent(from -> body.put("githubConnection", from.json()));
    request.privateRegistry().ifPresent(registry -> {
      body.put("privateRegistryUrl", registry.url());
      body.put("privateRegistryUsername", registry.username());
      body.put("privateRegistryPassword", registry.password().value());
    });
    return ApiRequest.post(EnclaveApi.ENCLAVES).body(body).header("Idempotency-Key", key);
  }

  private Optional<Enclave> lookedFor(TrezaException why) {
    List<Enclave> all = list(Optional.of(why));
    List<Enclave> made = marked(all);
    if (!made.isEmpty()) {
      return Optional.of(one(made, Optional.of(why)));
    }
    List<Enclave> alike = all.stream().filter(this::mayBeIt).toList();
    if (!alike.isEmpty()) {
      throw unclear("the server keeps no mark, and these are like it", alike, Optional.of(why));
    }
    return Optional.empty();
  }

  /** A first request that was carried out late has made a second one. */
  private Enclave onlyOne(Enclave made) {
    List<Enclave> all = new ArrayList<>();
    try {
      all.addAll(marked(list(Optional.empty())));
    } catch (TrezaException.CreationUnclear e) {
      LOG.warn("{} may not be the only one of its key: {}", made.id(), e.getMessage());
    }
    // A list may lag behind and show the first only.
    if (all.stream().noneMatch(each -> each.id().equals(made.id()))) {
      all.add(made);
    }
    return one(all, Optional.empty());
  }

  private Enclave one(List<Enclave> made, Optional<TrezaException> why) {
    if (made.size() > 1) {
      throw unclear("it was created more than once; terminate all but one", made, why);
    }
    return made.get(0);
  }

  private List<Enclave> list(Optional<TrezaException> why) {
    try {
      Fields answer = inTime().send(Rest.withWallet(ApiRequest.get(EnclaveApi.ENCLAVES), as), as);
      if (answer.answer().body().length >= LIST_MAY_BE_CUT) {
        throw unclear("the list of enclaves is so long that it may be cut", List.of(), why);
      }
      return answer.list("enclaves", Enclave::read);
    } catch (TrezaException.CreationUnclear e) {
      throw e;
    } catch (TrezaException e) {
      why.ifPresent(e::addSuppressed);
      throw unclear(
          "the enclaves could not be listed: " + e.getMessage(), List.of(), Optional.of(e));
    }
  }

  private List<Enclave> marked(List<Enclave> all) {
    return all.stream()
        .filter(each -> key.equals(each.providerConfig().get(MARK)))
        .toList();
  }

  /** Without a mark, but with our name and settings, and not surely older. */
  private boolean mayBeIt(Enclave other) {
    return !other.providerConfig().containsKey(MARK)
        && other.name().equals(Optional.of(request.name()))
        && image(other.providerConfig()).equals(image(request.providerConfig()))
        && !other.createdAt().orElse(Instant.MAX).isBefore(began.minus(CLOCKS_MAY_DIFFER));
  }

  private static Optional<Object> image(Map<String, Object> settings) {
    return Optional.ofNullable(settings.get("dockerImage"));
  }

  private TrezaException.CreationUnclear unclear(
      String problem, List<Enclave> candidates, Optional<TrezaException> why) {
    return new TrezaException.CreationUnclear(
        "whether the enclave \"" + Failures.printable(request.name())
            + "\" was created cannot be told: " + problem
            + (candidates.isEmpty()
                ? ""
                : " " + candidates.stream().map(Enclave::id).toList())
            + "; its idempotency key is " + key,
        candidates,
        why.orElse(null));
  }
}
