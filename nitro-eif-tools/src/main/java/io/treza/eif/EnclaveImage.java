package io.treza.eif;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an enclave image was made from and what it measures.
 *
 * @param measurements the registers it boots with
 * @param architecture the processor it is for
 * @param configDigest the container image's id, {@code sha256:...}
 * @param manifestDigest the digest registries know the container image by, where known
 * @param blobs what it boots with, as {@link BlobIdentity#digests()}
 */
public record EnclaveImage(
    EifMeasurements measurements,
    Architecture architecture,
    String configDigest,
    Optional<String> manifestDigest,
    Map<String, String> blobs) {
  public EnclaveImage {
    blobs = Collections.unmodifiableMap(new LinkedHashMap<>(blobs));
  }
}
