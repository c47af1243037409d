package io.treza.eif;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an enclave image was made from and what it measures.
 *
 * @param measurements the registers it boots with
 * @param architecture the processor it is for
 * @param configDigest the container image's id, {@code sha256:...}
 * @param manifestDigest the digest registries know the container image by, where known
 * @param blobs {@code sha256:} digests of what it boots with: {@code kernel}, {@code cmdline}, and
 *     the files of the first ramdisk by name, such as {@code init}
 */
public record EnclaveImage(
    EifMeasurements measurements,
    Architecture architecture,
    String configDigest,
    Optional<String> manifestDigest,
    SortedMap<String, String> blobs) {
  public EnclaveImage {
    blobs = Collections.unmodifiableSortedMap(new TreeMap<>(blobs));
  }
}
