package io.treza.image;

import io.treza.image.internal.http.Proxies;
import io.treza.image.internal.registry.BlobCache;
import io.treza.image.internal.registry.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** How registries are reached: with which credentials, through which cache, in what time. */
public final class RegistryAccess {
  private final Settings settings;

  private RegistryAccess(Settings settings) {
    this.settings = settings;
  }

  /** Docker's and podman's credentials, the user's cache, TLS everywhere but on this machine. */
  public static RegistryAccess defaults() {
    return builder().build();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  Settings settings() {
    return settings;
  }

  /** Other than the defaults. */
  public static final class Builder {
    private Path cache = BlobCache.defaultDirectory();
    private boolean offline;
    private CredentialSource credentials =
        CredentialSource.docker().or(CredentialSource.containers());
    private final Set<String> insecure = new HashSet<>();
    private Duration timeout = Duration.ofSeconds(60);
    private BlobProgress progress = (digest, done, total) -> {};

    private Builder() {}

    /**
     * The directory where blobs are kept by their digests. Default: {@code treza} in {@code
     * $XDG_CACHE_HOME}, else in the system's place for a user's caches. Builds may share it. Blobs
     * are checked on each use; what a tag meant last is believed, but only offline.
     */
    public Builder cache(Path directory) {
      this.cache = directory;
      return this;
    }

    /** Whether to use the cache alone and fail where it does not suffice. */
    public Builder offline(boolean offline) {
      this.offline = offline;
      return this;
    }

    /** The credentials; default {@link CredentialSource#docker()}, then {@link
     * CredentialSource#containers()}. */
    public Builder credentials(CredentialSource credentials) {
      this.credentials = credentials;
      return this;
    }

    /**
     * A registry, as host or host and port, to talk to in plain HTTP: anyone on the way can then
     * read credentials and choose what a tag means. Registries on this machine's loopback are
     * always talked to so.
     */
    public Builder insecureHttp(String registry) {
      this.insecure.add(registry);
      return this;
    }

    /** The longest time without a byte; default one minute. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** What hears of downloads and uploads. */
    public Builder progress(BlobProgress progress) {
      this.progress = progress;
      return this;
    }

    public RegistryAccess build() {
      return new RegistryAccess(new Settings(
          cache,
          offline,
          credentials,
          Set.copyOf(insecure),
          timeout,
          progress,
          Proxies.of(System.getenv())));
    }
  }
}
