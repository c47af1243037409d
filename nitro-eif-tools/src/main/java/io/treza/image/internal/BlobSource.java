package io.treza.image.internal;

import java.io.IOException;

/** Where the parts of an OCI image come from, by their digests. */
public interface BlobSource {
  /** A manifest or index, of the stated size if one is stated. */
  Blob document(Descriptor descriptor) throws IOException;

  /** A configuration or layer, of the stated size if one is stated. */
  Blob blob(Descriptor descriptor) throws IOException;
}
