package io.treza.image.internal;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An image that was found, its layers not read yet. */
record Candidate(
    Json config,
    Digest configDigest,
    List<LayerBlob> layers,
    Optional<Digest> manifestDigest,
    Map<String, String> annotations) {
  /** A layer, fetched when it is certain to be wanted. */
  interface LayerBlob {
    Blob fetch() throws IOException;
  }

  /** By what two descriptions of one image are known to be the same. */
  Digest identity() {
    return manifestDigest.orElse(configDigest);
  }
}
