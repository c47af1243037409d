package io.treza.platform.internal;

import com.sun.net.httpserver.Headers;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoreException;
import io.treza.platform.store.StoredApiKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes API keys and recognises them.
 *
 * <p>A key is 256 random bits, and only its SHA-256 is kept. A slow hash makes guessing dearer,
 * which helps where a secret can be guessed; these cannot be, and it would make each request
 * dearer. Looking up a hash tells by its timing at most something of the hash, from which nobody
 * gets back to a key.
 */
public final class KeyRing {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);
  private static final String PREFIX = "treza_live_";
  private static final int SECRET_BYTES = 32;
  private static final int SHOWN = PREFIX.length() + 4;
  private static final String SCHEME = "Bearer ";
  private static final Duration USE_NOTED_EVERY = Duration.ofMinutes(1);

  static final String ACTIVE = "active";

  private final PlatformStore store;
  private final InstantSource clock;
  private final Ids ids;
  private final SecureRandom random = new SecureRandom();

  /** Keeps keys in {@code store}. */
  public KeyRing(PlatformStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    this.ids = new Ids("key", clock);
  }

  /** A new key, which exists nowhere else, and what is kept of it. */
  record Minted(String key, StoredApiKey stored) {
    /** Never the key. */
    @Override
    public String toString() {
      return "Minted[" + stored.id() + "]";
    }
  }

  /** Makes a key that may do everything for a wallet. */
  public String mintForEverything(String name, String wallet) {
    return mint(name, wallet, Scope.all().stream().map(Scope::word).toList()).key();
  }

  Minted mint(String name, String wallet, List<String> permissions) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String key = PREFIX + HexFormat.of().formatHex(secret);
    while (true) {
      Instant now = clock.instant();
      StoredApiKey stored = new StoredApiKey(
          ids.next(),
          wallet,
          name,
          Digests.sha256(key),
          key.substring(0, SHOWN),
          permissions,
          ACTIVE,
          Optional.empty(),
          now,
          now,
          1);
      if (store.apiKeys().insert(stored)) {
        return new Minted(key, stored);
      }
    }
  }

  /** Whose key these headers carry; nobody's if they carry none, two, or one that is not active. */
  Optional<Caller> caller(Headers headers) {
    List<String> values = headers.getOrDefault("Authorization", List.of());
    if (values.size() != 1 || !values.get(0).regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    Optional<StoredApiKey> key = store
        .apiKeyByHash(Digests.sha256(values.get(0).substring(SCHEME.length())))
        .filter(stored -> stored.status().equals(ACTIVE));
    key.ifPresent(this::noteUse);
    return key.map(stored -> new Caller(stored.id(), stored.wallet(), scopes(stored)));
  }

  /**
   * Another request may note its use, or the key change, at the same time: then not this one's. A
   * use that cannot be noted, as on a full disk, refuses nobody what is only read.
   */
  private void noteUse(StoredApiKey key) {
    Instant now = clock.instant();
    if (key.lastUsed().isPresent() && !now.isAfter(key.lastUsed().get().plus(USE_NOTED_EVERY))) {
      return;
    }
    StoredApiKey used = new StoredApiKey(
        key.id(),
        key.wallet(),
        key.name(),
        key.hash(),
        key.prefix(),
        key.permissions(),
        key.status(),
        Optional.of(now),
        key.createdAt(),
        key.updatedAt(),
        key.version() + 1);
    try {
      store.apiKeys().replace(used);
    } catch (StoreException e) {
      LOG.warn("The use of {} cannot be noted", key.id(), e);
    }
  }

  private static Set<Scope> scopes(StoredApiKey key) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    key.permissions().forEach(word -> Scope.of(word).ifPresent(scopes::add));
    return scopes;
  }
}
