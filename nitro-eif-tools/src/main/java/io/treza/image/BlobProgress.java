package io.treza.image;

/** Hears how far the download or upload of each blob of an image is. */
@FunctionalInterface
public interface BlobProgress {
  /**
   * Called in the thread that transfers, at the start of a blob, as bytes pass, and at its end,
   * when {@code done} equals {@code total}. After a broken connection a blob starts again from less.
   *
   * @param digest the blob, {@code sha256:...}
   * @param done bytes transferred
   * @param total bytes the blob has
   */
  void progress(String digest, long done, long total);
}
