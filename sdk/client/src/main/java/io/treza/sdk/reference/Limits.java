package io.treza.sdk.reference;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** How large a signed file of reference values may be, and reading no more than that. */
final class Limits {
  /** An envelope holds its payload in base64, and signatures or certificates besides. */
  static final int MAX_BYTES = 2 * ReferenceValues.MAX_BYTES;

  private Limits() {}

  static byte[] read(Path file) throws IOException, ReferenceValuesException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, file.toString());
    }
  }

  static byte[] read(Class<?> anchor, String name) throws IOException, ReferenceValuesException {
    try (InputStream in = anchor.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(
            "there is no resource " + name + " beside " + anchor.getName());
      }
      return read(in, name);
    }
  }

  private static byte[] read(InputStream in, String what)
      throws IOException, ReferenceValuesException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw tooLarge(what);
    }
    return bytes;
  }

  static ReferenceValuesException tooLarge(String what) {
    return new ReferenceValuesException(
        Problem.TOO_LARGE, what + ": over " + MAX_BYTES + " bytes, which no reference values are");
  }
}
