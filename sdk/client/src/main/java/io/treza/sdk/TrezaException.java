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

  private final int httpStatus;
  private final String serverText;

  private TrezaException(String message, Answered answer) {
    super(message);
    this.httpStatus = answer.status();
    this.serverText = answer.text();
  }

  private TrezaException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.httpStatus = 0;
    this.serverText = "";
  }

  /** The HTTP status and the server's words; no status and no words if it did not answer. */
  record Answered(int status, String text) {
    static final Answered NOTHING = new Answered(0, "");
  }

  /** The HTTP status, if there was an answer. */
  public OptionalInt httpStatus() {
    return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
  }

  /** What the server said, shortened; empty if it said nothing. */
  public String serverText() {
    return serverText;
  }

  /** Whether the same call may succeed later with nothing changed but time. */
  public boolean isTransient() {
    return this instanceof Network
        || this instanceof Timeout
        || this instanceof RateLimited
        || this instanceof Server;
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
    private final transient Optional<Duration> retryAfter;

    RateLimited(String message, Answered answer, Optional<Duration> retryAfter) {
      super(message, answer);
      this.retryAfter = retryAfter;
    }

    /** How long the server asks to wait, if it said so in seconds. */
    public Optional<Duration> retryAfter() {
      return retryAfter;
    }
  }

  /** The server failed: HTTP 5xx. */
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

  /** The enclave reached a status in which it will not run, so waiting for it is over. */
  public static final class NotRunning extends TrezaException {
    private static final long serialVersionUID = 1L;
    private final transient Enclave enclave;

    NotRunning(Enclave enclave) {
      super(
          "enclave " + enclave.id() + " is " + enclave.status() + " and will not be deployed: "
              + enclave.errorMessage().orElse("the platform gives no error message"),
          Answered.NOTHING);
      this.enclave = enclave;
    }

    /** The platform's record, with status and error message. */
    public Enclave enclave() {
      return enclave;
    }
  }

  /** The enclave was not attested before the deadline; the cause is the last failure, if any. */
  public static final class DeadlinePassed extends TrezaException {
    private static final long serialVersionUID = 1L;

    DeadlinePassed(String message, Optional<Exception> last) {
      super(message, last.orElse(null));
    }
  }
}
