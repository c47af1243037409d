package io.treza.enclave;

import java.io.IOException;

/** The NSM, or the way to it, did not do what was asked; {@link #problem} says whose turn it is. */
public final class NsmException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What went wrong, and what to do about it. */
  public enum Problem {
    /** Nothing answers: is this an enclave, and does it have what was opened? */
    UNREACHABLE,
    /** More was asked than the rate allows, for longer than was waited; try later. */
    BUSY,
    /** The NSM refused, or did not answer. */
    REFUSED,
    /**
     * Only the connection that registered first may ask this, and another did. Before a workload's
     * first registration this means that it must not go on: something else in its image was first.
     */
    NOT_HOLDER,
    /** This process runs as another user than the image's. */
    NOT_WORKLOAD,
    /** The connection that had registered broke, and with it ended what it may do; start anew. */
    LOST,
    /** The answer is none, or the question was not understood: two versions that do not fit. */
    PROTOCOL,
    /** This Java runtime cannot call the device; take one of 22 or newer, or the agent. */
    UNSUPPORTED,
    /** The waiting thread was interrupted; its question may have been answered. */
    INTERRUPTED
  }

  private final Problem problem;

  /** For other implementations of {@link Nsm}, too. */
  public NsmException(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  /** For other implementations of {@link Nsm}, too. */
  public NsmException(Problem problem, String message, Throwable cause) {
    super(message, cause);
    this.problem = problem;
  }

  /** What went wrong. */
  public Problem problem() {
    return problem;
  }
}
