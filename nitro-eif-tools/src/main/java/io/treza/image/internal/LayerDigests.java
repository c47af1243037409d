package io.treza.image.internal;

import io.treza.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Optional;

/** The digests of a layer: of the blob as it is stored, and of the archive inside. */
final class LayerDigests {
  private static final int BUFFER = 1 << 16;

  private final String origin;
  private final Digest diffId;
  private final boolean bothInOne;
  // Of an archive stored as it is, one digest is enough.
  private final Optional<Digest> toCheck;
  private final MessageDigest stored;
  private final MessageDigest unpacked;

  LayerDigests(Blob blob, Digest diffId, boolean compressed) {
    this.origin = blob.place();
    this.diffId = diffId;
    this.toCheck = blob.stated().filter(stated -> compressed || !stated.equals(diffId));
    this.bothInOne = blob.stated().isPresent() && toCheck.isEmpty();
    this.stored = toCheck.orElse(diffId).hasher();
    this.unpacked = diffId.hasher();
  }

  /** What is to be given every byte of the archive. */
  MessageDigest unpacked() {
    return unpacked;
  }

  /** A stream that hashes what is read of the stored blob, if it has a digest of its own. */
  InputStream hashing(InputStream in) {
    return toCheck.isPresent() ? new DigestInputStream(in, stored) : in;
  }

  /** Reads an archive stored as it is, and checks it. */
  FileSlice check(FileSlice archive) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = hashing(archive.open())) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        unpacked.update(buffer, 0, n);
      }
    }
    require();
    return archive;
  }

  /** Checks what was hashed. */
  void require() throws ImageException {
    if (toCheck.isPresent()) {
      toCheck.get().require(stored, origin);
    }
    diffId.require(unpacked, bothInOne ? origin : origin + " uncompressed (diff_id)");
  }
}
