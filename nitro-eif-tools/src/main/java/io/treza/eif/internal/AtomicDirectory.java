package io.treza.eif.internal;

import java.io.IOException;
import java.nio.file.Path;

/** The image room's way to write a directory whole or not at all, for the classes of this one. */
public final class AtomicDirectory {
  private AtomicDirectory() {}

  /** See {@link io.treza.image.internal.AtomicDirectory#write}. */
  public static <T> T write(Path target, io.treza.image.internal.AtomicDirectory.Filler<T> filler)
      throws IOException {
    return io.treza.image.internal.AtomicDirectory.write(target, filler);
  }
}
