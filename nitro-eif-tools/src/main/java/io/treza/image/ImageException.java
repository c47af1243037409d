package io.treza.image;

import java.io.IOException;

/**
 * Says that a container image is not what it must be: malformed, inconsistent with the digests it
 * states, unsafe to unpack, or of a kind not supported.
 *
 * <p>The message names the file, the entry or blob in it, what is wrong and what to do.
 */
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1L;

  public ImageException(String message) {
    super(message);
  }

  public ImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
