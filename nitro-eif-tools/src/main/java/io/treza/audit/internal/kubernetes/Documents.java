package io.treza.audit.internal.kubernetes;

import io.treza.audit.AuditException;
import java.util.Optional;

/** The documents of one file, read one at a time so that only one is in memory. */
interface Documents {
  /** The next one, {@link Node.Null} if it is empty; none after the last. */
  Optional<Node> next() throws AuditException;
}
