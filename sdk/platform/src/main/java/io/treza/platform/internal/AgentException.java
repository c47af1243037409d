package io.treza.platform.internal;

import java.io.IOException;

/** Why an enclave's agent gave no document. */
public final class AgentException extends IOException {
  private static final long serialVersionUID = 1;

  /** What there is to be done about it. */
  public enum Kind {
    /** The agent does not take this request: correct it. */
    BAD_REQUEST,
    /** The agent was asked more often than it allows, until the deadline: ask again later. */
    TRY_LATER,
    /** The enclave's NSM gave the agent no document. */
    NSM_FAILED,
    /** What answered does not speak the agent's protocol, or stopped in the middle of it. */
    NOT_THE_AGENT,
    /** Nothing came before the deadline. */
    TIMED_OUT
  }

  private final Kind kind;

  AgentException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** What there is to be done about it. */
  public Kind kind() {
    return kind;
  }
}
