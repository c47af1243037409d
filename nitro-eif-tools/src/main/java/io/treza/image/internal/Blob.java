package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * A part of an image, not yet checked.
 *
 * @param place what to call it in messages
 * @param stated its digest, where one is stated
 */
public record Blob(Content content, String place, Optional<Digest> stated) {
  /** Most bytes of an index, manifest or configuration. */
  public static final int MAX_JSON = 4 << 20;

  /** All bytes of a document, its digest checked. */
  byte[] bytes() throws IOException {
    if (content.size() > MAX_JSON) {
      throw new ImageException(
          place + ": " + content.size() + " bytes of JSON; at most " + MAX_JSON);
    }
    byte[] bytes;
    try (InputStream in = content.open()) {
      bytes = in.readNBytes(MAX_JSON);
    }
    if (stated.isPresent()) {
      MessageDigest hash = stated.get().hasher();
      hash.update(bytes);
      stated.get().require(hash, place);
    }
    return bytes;
  }

  /** The document, its digest checked. */
  Json json() throws IOException {
    return Json.parse(bytes(), place);
  }
}
