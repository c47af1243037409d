package io.treza.sdk;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The platform or the network failed. Each subtype is one kind of failure, to be told apart with
 * {@code catch} or {@code instanceof}; none carries credentials.
 */
public abstract sealed class TrezaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int NOT_IMPLEMENTED = 501;

  private final int httpStatus;
  private final String serverText;
  private final String requestId;
  private final transient Optional<Duration> retryAfter;

  private TrezaException(String message, Answered answer) {
    super(message);
    this.httpStatus = answer.status();
    this.serverText = answer.text();
    this.requestId = answer.requestId();
    this.retryAfter = answer.retryAfter();
  }

  private TrezaException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.httpStatus = 0;
    this.serverText = "";
    this.requestId = "";
    this.retryAfter = Optional.empty();
  }

  /** What the server said beside its words; 0 and empty for what it did not say. */
  record Answered(int status, String text, String requestId, Optional<Duration> retryAfter) {
    static final Answered NOTHING = new Answered(0, "", "", Optional.empty());
  }

  /** The HTTP status, if there was an answer. */
  public OptionalInt httpStatus() {
    return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
  }

  /** What the server said, shortened; empty if it said nothing. */
  public String serverText() {
    return serverText;
  }

  /** What the server calls this exchange in its own logs, if it said. */
  public Optional<String> requestId() {
    return requestId.isEmpty() ? Optional.empty() : Optional.of(requestId);
  }

  /** How long the server asks to wait before the next request, if it said. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }

  /** This long, or longer if the server asks for it. */
  Duration pauseAtLeast(Duration pause) {
    return retryAfter.filter(asked -> asked.compareTo(pause) > 0).orElse(pause);
  }

  /** Whether the same call may succeed later with nothing changed but time. */
  public boolean isTransient() {
    return this instanceof Network
        || this instanceof Timeout
        || this instanceof RateLimited
        || (this instanceof Server && httpStatus != NOT_IMPLEMENTED);
  }

  /** The request is wrong: HTTP 400 or 422. */
  public static final class BadRequest extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient List<String> details;

    BadRequest(String message, Answered answer, List<String> details) {
      super(message, answer);
      this.details = List.copyOf(details);
    }

    /** What exactly is wrong, one sentence each, if the server said. */
    public List<String> details() {
      return details;
    }
  }

  /** The request was not sent, for the platform would refuse it, or take it and fail later. */
  public static final class InvalidRequest extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient List<RequestProblem> problems;

    InvalidRequest(List<RequestProblem> problems) {
      super(
          "the request was not sent: "
              + problems.stream().map(RequestProblem::toString).collect(Collectors.joining("; ")),
          Answered.NOTHING);
      this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong with it; at least one. */
    public List<RequestProblem> problems() {
      return problems;
    }
  }

  /** The enclave is in the wrong status for this: HTTP 400 too, told apart by its answer. */
  public static final class WrongState extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient Optional<EnclaveStatus> status;

    WrongState(String message, Answered answer, Optional<EnclaveStatus> status) {
      super(message, answer);
      this.status = status;
    }

    /** The status it is in, if the server said. */
    public Optional<EnclaveStatus> status() {
      return status;
    }
  }

  /** There is no such thing, or no such route on this server: HTTP 404 or 410. */
  public static final class NotFound extends TrezaException {
    private static final long serialVersionUID = 1L;

    NotFound(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** The credentials are missing, wrong or another owner's: HTTP 401 or 403. */
  public static final class Unauthorised extends TrezaException {
    private static final long serialVersionUID = 1L;

    Unauthorised(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** The platform charges for this call: HTTP 402. */
  public static final class PaymentRequired extends TrezaException {
    private static final long serialVersionUID = 1L;

    PaymentRequired(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** Something contradicts the request: HTTP 409 or 412. */
  public static final class Conflict extends TrezaException {
    private static final long serialVersionUID = 1L;

    Conflict(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** Too many requests: HTTP 429. */
  public static final class RateLimited extends TrezaException {
    private static final long serialVersionUID = 1L;

    RateLimited(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** The server failed, or cannot do it (501): HTTP 5xx. */
  public static final class Server extends TrezaException {
    private static final long serialVersionUID = 1L;

    Server(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** The server answered something this client does not understand. */
  public static final class UnexpectedAnswer extends TrezaException {
    private static final long serialVersionUID = 1L;

    UnexpectedAnswer(String message, Answered answer) {
      super(message, answer);
    }
  }

  /** The server could not be reached, or the connection broke. */
  public static final class Network extends TrezaException {
    private static final long serialVersionUID = 1L;

    Network(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The server did not answer in time. A request that changes something may have been carried out
   * all the same: look before repeating it.
   */
  public static final class Timeout extends TrezaException {
    private static final long serialVersionUID = 1L;

    Timeout(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The calling thread was interrupted (and still is), the future cancelled or the client closed,
   * and the call was given up. As after a {@link Timeout}, it may have been carried out.
   */
  public static final class Cancelled extends TrezaException {
    private static final long serialVersionUID = 1L;

    Cancelled(String message) {
      super(message, Answered.NOTHING);
    }
  }

  /**
   * An enclave was asked for, and whether there is one now cannot be told. Look at {@link
   * #candidates}; calling again with the same {@link CreateEnclaveRequest#idempotencyKey} looks
   * again.
   */
  public static final class CreationUnclear extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient List<Enclave> candidates;

    CreationUnclear(String message, List<Enclave> candidates, @Nullable Throwable cause) {
      super(message, cause);
      this.candidates = List.copyOf(candidates);
    }

    /** Records that may be of the enclave; empty if they could not be listed. */
    public List<Enclave> candidates() {
      return candidates;
    }
  }

  /** There is no attestation document to verify, whatever the platform's verdict. */
  public static final class NoEvidence extends TrezaException {
    private static final long serialVersionUID = 1L;

    NoEvidence(String enclaveId) {
      super(
          "the platform returned no attestation document for " + enclaveId
              + ", so there is nothing to verify. The hosted platform returns none today: let the"
              + " workload serve its own documents and build the client with"
              + " evidenceSource(EvidenceSource.http(endpoint))",
          Answered.NOTHING);
    }
  }

  /** The enclave reached a status from which what was waited for does not come. */
  public static final class NotRunning extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient Enclave enclave;
    private final transient List<LogEntry> errors;

    NotRunning(Enclave enclave, String goal, List<LogEntry> errors) {
      super(
          "enclave " + enclave.id() + " is " + enclave.status() + " and will not be " + goal + ": "
              + enclave
                  .errorMessage()
                  .map(Failures::printable)
                  .orElse("the platform gives no error message")
              + Waiters.told(errors),
          Answered.NOTHING);
      this.enclave = enclave;
      this.errors = List.copyOf(errors);
    }

    /** The platform's record, with status and error message. */
    public Enclave enclave() {
      return enclave;
    }

    /** The last lines of its error log, newest first, as far as they could be had. */
    public List<LogEntry> errors() {
      return errors;
    }
  }

  /** What was waited for did not come in time; the cause is the last failure, if any. */
  public static final class DeadlinePassed extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient List<LogEntry> errors;

    DeadlinePassed(String message, Optional<Exception> last, List<LogEntry> errors) {
      super(message, last.orElse(null));
      this.errors = List.copyOf(errors);
    }

    /** The last lines of its error log, newest first, as far as they could be had. */
    public List<LogEntry> errors() {
      return errors;
    }
  }
}
