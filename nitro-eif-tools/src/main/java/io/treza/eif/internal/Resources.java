package io.treza.eif.internal;

import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Files that are packaged with this library. */
public final class Resources {
  private Resources() {}

  /** A file's bytes, by its absolute name; empty if it is not there. */
  public static Optional<Content> find(String name) {
    try (InputStream in = Resources.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(Content.of(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(name + ": cannot be read from this library's own jar", e);
    }
  }
}
