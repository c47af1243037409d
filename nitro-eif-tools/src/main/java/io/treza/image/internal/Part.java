package io.treza.image.internal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.image.Content;
import io.treza.image.ImageException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;

/**
 * A blob of an image to be written: what its descriptor says (OCI Image Specification 1.1,
 * "Descriptors"), and its bytes, which are made anew each time they are wanted.
 *
 * @param place what to call it in messages
 */
public record Part(String mediaType, Digest digest, long size, String place, Source source) {
  /** What makes the bytes, always the same ones. */
  @FunctionalInterface
  public interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  /** A document. */
  public static Part of(String mediaType, byte[] document) {
    Digest digest = Digest.sha256(document);
    return new Part(
        mediaType, digest, document.length, digest.toString(), out -> out.write(document));
  }

  /** What a source makes, which is found by making it once. */
  static Part of(String mediaType, String place, Source source) throws IOException {
    MessageDigest hash = Digest.sha256();
    try (Tail counted = new Tail(OutputStream.nullOutputStream(), hash, 0, Long.MAX_VALUE)) {
      source.writeTo(counted);
      return new Part(mediaType, Digest.sha256(hash), counted.position, place, source);
    }
  }

  /** A layer as another image stores it. */
  static Part of(Blob layer) throws IOException {
    Content content = layer.content();
    String type = Compression.of(content).layerType();
    Source source = out -> {
      try (InputStream in = content.open()) {
        in.transferTo(out);
      }
    };
    return layer.stated().isPresent()
        ? new Part(type, layer.stated().get(), content.size(), layer.place(), source)
        : of(type, layer.place(), source);
  }

  /** How a document refers to it. */
  ObjectNode descriptor() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("mediaType", mediaType)
        .put("digest", digest.toString())
        .put("size", size);
  }

  /**
   * Writes all of it.
   *
   * @throws ImageException after the last byte, if these are not the bytes that the digest is of
   */
  public void writeTo(OutputStream out) throws IOException {
    writeTo(out, 0);
  }

  /**
   * Writes it from an offset on; what is before is only checked.
   *
   * @throws ImageException as {@link #writeTo(OutputStream)} does
   */
  public void writeTo(OutputStream out, long from) throws IOException {
    MessageDigest hash = digest.hasher();
    Tail tail = new Tail(out, hash, from, size);
    source.writeTo(tail);
    // Its own stream stays open: it is the caller's.
    if (tail.position != size || !digest.matches(hash)) {
      throw new ImageException(place + ": changed since its digest was taken; build again");
    }
  }

  /** Hashes all, passes on what comes after an offset, and never more than was said. */
  private static final class Tail extends FilterOutputStream {
    private final MessageDigest hash;
    private final long from;
    private final long size;
    private long position;

    Tail(OutputStream out, MessageDigest hash, long from, long size) {
      super(out);
      this.hash = hash;
      this.from = from;
      this.size = size;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      hash.update(buffer, offset, length);
      int skipped = (int) Math.min(length, Math.max(0, from - position));
      int most = (int) Math.min(length, Math.max(0, size - position));
      if (skipped < most) {
        out.write(buffer, offset + skipped, most - skipped);
      }
      position += length;
    }
  }
}
