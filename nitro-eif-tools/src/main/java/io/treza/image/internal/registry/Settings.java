package io.treza.image.internal.registry;

import io.treza.image.BlobProgress;
import io.treza.image.CredentialSource;
import io.treza.image.internal.http.Proxies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** What {@link io.treza.image.RegistryAccess} was told. */
public record Settings(
    Path cache,
    boolean offline,
    CredentialSource credentials,
    Set<String> insecure,
    Duration timeout,
    BlobProgress progress,
    Proxies proxies) {}
