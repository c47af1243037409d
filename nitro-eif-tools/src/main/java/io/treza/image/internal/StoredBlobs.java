package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.ImageException;
import java.io.IOException;
import java.util.Optional;

/**
 * Blobs in files named by their digests.
 *
 * @param flat whether they lie at the top, as {@code skopeo copy dir:} puts them, rather than as in
 *     OCI Image Specification 1.1, "Image Layout"
 */
record StoredBlobs(ImageFiles files, boolean flat) implements BlobSource {
  @Override
  public Blob document(Descriptor descriptor) throws IOException {
    return blob(descriptor);
  }

  @Override
  public Blob blob(Descriptor descriptor) throws IOException {
    Digest digest = descriptor.digest();
    String name = flat ? digest.hex() : "blobs/" + digest.algorithm() + "/" + digest.hex();
    Content content = files.get(name);
    long stated = descriptor.size().orElse(content.size());
    if (content.size() != stated) {
      throw new ImageException(files.place(name)
          + ": "
          + content.size()
          + " bytes, not "
          + stated
          + " as stated; save again");
    }
    return new Blob(content, files.place(name), Optional.of(digest));
  }
}
