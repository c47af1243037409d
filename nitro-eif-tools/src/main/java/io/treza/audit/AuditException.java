package io.treza.audit;

import java.io.IOException;

/**
 * Says that evidence cannot be audited: it cannot be read, is not what it is said to be, or is
 * larger than anything honest.
 *
 * <p>The message names the file, the place in it, what is wrong and what to do.
 */
public final class AuditException extends IOException {
  private static final long serialVersionUID = 1L;

  public AuditException(String message) {
    super(message);
  }

  public AuditException(String message, Throwable cause) {
    super(message, cause);
  }
}
