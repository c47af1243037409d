package io.treza.sdk.reference;

import io.treza.attestation.reference.ReferenceValuesException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * Brings the newest signed file of reference values from where it is published. What it brings is
 * not trusted: {@link RefreshingReferenceValues} has it verified each time.
 *
 * <p>A method reference will do: {@code attached::newest} for what is attached to an image in a
 * registry, {@code () -> bucket.read("values.json")} for anything else. It is called by one thread
 * at a time, and should bound time and bytes.
 */
@FunctionalInterface
public interface ReferenceValuesFetcher {
  /**
   * The file as it is published now, or as it was when it is known not to have changed.
   *
   * @throws IOException if it cannot be had
   * @throws ReferenceValuesException if it can be seen already that it is not what it should be
   */
  byte[] fetch() throws IOException, ReferenceValuesException;

  /** A file, read anew each time: one that another process replaces, or a mounted volume. */
  static ReferenceValuesFetcher file(Path file) {
    return () -> Limits.read(file);
  }

  /**
   * A resource on the class path or in a module, for values that are built into the program.
   *
   * @param anchor a class of the module that has it
   * @param name as {@link Class#getResourceAsStream} takes it
   */
  static ReferenceValuesFetcher resource(Class<?> anchor, String name) {
    return () -> Limits.read(anchor, name);
  }

  /**
   * A file on a web server, with this project's usual limits; {@link HttpsFetcher#builder} has more
   * to choose.
   *
   * @throws IllegalArgumentException if the address is not one of https, or of http on this machine
   */
  static ReferenceValuesFetcher https(URI address) {
    return HttpsFetcher.builder(address).build();
  }
}
