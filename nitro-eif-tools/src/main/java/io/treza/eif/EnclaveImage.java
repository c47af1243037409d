package io.treza.eif;

import java.util.Optional;

/**
 * What an enclave image was made from and what it measures.
 *
 * @param measurements the registers it boots with
 * @param architecture the processor it is for
 * @param configDigest the container image's id, {@code sha256:...}
 * @param manifestDigest the digest registries know the container image by, where known
 */
public record EnclaveImage(
    EifMeasurements measurements,
    Architecture architecture,
    String configDigest,
    Optional<String> manifestDigest) {}
