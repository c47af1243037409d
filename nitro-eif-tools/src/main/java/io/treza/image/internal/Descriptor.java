package io.treza.image.internal;

import io.treza.image.ImageException;
import java.util.OptionalLong;

/**
 * What a document says of a blob it refers to (OCI Image Specification 1.1, "Descriptors").
 *
 * @param size bytes, unless only a digest is known
 */
public record Descriptor(Digest digest, OptionalLong size) {
  static Descriptor of(Json json) throws ImageException {
    return new Descriptor(
        Digest.parse(json.get("digest").string(), json.place()),
        OptionalLong.of(json.get("size").size()));
  }
}
