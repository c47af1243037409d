package io.treza.image;

import java.io.IOException;
import java.io.InputStream;

/** Reads the layers of an image while they pass by. */
@FunctionalInterface
public interface LayerVisitor {
  /**
   * Called for each layer, the lowest first. What it reads has not been checked yet: the digest is
   * known to hold only when the whole call that reads the image returns.
   *
   * @param diffId digest of the archive as the configuration states it, {@code sha256:...}
   * @param tar the layer's archive, uncompressed; what is left of it is read and checked after
   *     the visit
   */
  void visit(String diffId, InputStream tar) throws IOException;
}
