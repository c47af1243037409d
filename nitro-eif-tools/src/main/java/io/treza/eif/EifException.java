package io.treza.eif;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says that something is no enclave image, or that what should go into one cannot: a kernel for
 * another processor, a file system AWS's init would fail on, a key without its certificate.
 *
 * <p>The message names the part, what is wrong and what to do.
 */
public final class EifException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable EifFinding finding;

  public EifException(String message) {
    super(message);
    this.finding = null;
  }

  public EifException(String message, Throwable cause) {
    super(message, cause);
    this.finding = null;
  }

  /** Says that reading {@code part} stopped at a finding. */
  public EifException(String part, EifFinding finding) {
    super(part + ": " + finding + "; " + finding.rule().remedy());
    this.finding = finding;
  }

  /** The rule that was broken and where, if reading a file stopped there. */
  public Optional<EifFinding> finding() {
    return Optional.ofNullable(finding);
  }
}
