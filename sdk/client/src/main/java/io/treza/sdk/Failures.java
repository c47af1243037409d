package io.treza.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.sdk.TrezaException.Answered;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells from an answer that is not a success what kind of failure it is. */
final class Failures {
  private static final int MAX_TEXT = 500;

  // The first two are of platforms, the others of what such a platform may stand behind.
  private static final List<String> REQUEST_ID_HEADERS = List.of(
      "x-request-id", "x-treza-request-id", "x-vercel-id", "x-amzn-requestid", "x-amz-cf-id");

  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}\\u2028\\u2029]+");

  private Failures() {}

  static void throwUnless2xx(String where, Http.Answer answer) {
    if (answer.status() < 200 || answer.status() > 299) {
      throw of(where, answer);
    }
  }

  static TrezaException.UnexpectedAnswer unexpected(
      String where, Http.Answer answer, String problem) {
    return new TrezaException.UnexpectedAnswer(
        where + ": " + problem, answered(answer, text(answer)));
  }

  static Answered answered(Http.Answer answer, String text) {
    return new Answered(answer.status(), text, requestId(answer), retryAfter(answer));
  }

  private static TrezaException of(String where, Http.Answer answer) {
    String text = text(answer);
    Answered answered = answered(answer, text);
    String message = where + ": HTTP " + answer.status()
        + (text.isEmpty() ? "" : ": " + text)
        + (answered.requestId().isEmpty() ? "" : " (request " + answered.requestId() + ")");
    return switch (answer.status()) {
      case 400, 422 -> badRequest(message, answered, answer);
      case 401, 403 -> new TrezaException.Unauthorised(message, answered);
      case 402 -> new TrezaException.PaymentRequired(message, answered);
      case 404, 410 -> new TrezaException.NotFound(message, answered);
      case 409, 412 -> new TrezaException.Conflict(message, answered);
      case 429 -> new TrezaException.RateLimited(message, answered);
      case 301, 302, 303, 307, 308 ->
        new TrezaException.UnexpectedAnswer(
            message + ": redirects are not followed; use the final address as the base URL",
            answered);
      default ->
        answer.status() >= 500
            ? new TrezaException.Server(message, answered)
            : new TrezaException.UnexpectedAnswer(message, answered);
    };
  }

  /**
   * The platform answers 400 for a wrong state too. It then names the status, or says what can
   * "only" be done in another one.
   */
  private static TrezaException badRequest(String message, Answered answered, Http.Answer answer) {
    JsonNode body = Json.lenient(answer.body());
    Optional<EnclaveStatus> status = Json.text(body, "status").map(EnclaveStatus::new);
    if (status.isPresent()
        || answered.text().startsWith("Can only ")
        || answered.text().startsWith("Attestation only available ")) {
      return new TrezaException.WrongState(message, answered, status);
    }
    List<String> details = new ArrayList<>();
    body.path("details").forEach(detail -> details.add(printable(detail.asText())));
    return new TrezaException.BadRequest(
        details.isEmpty() ? message : message + ": " + String.join("; ", details),
        answered,
        details);
  }

  /**
   * RFC 9110, 10.2.3: seconds, or a date. A date is read by the server's own clock, its {@code
   * Date} header, for the clocks may differ by more than the pause.
   */
  private static Optional<Duration> retryAfter(Http.Answer answer) {
    String asked = answer.header("Retry-After").orElse("");
    if (SECONDS.matcher(asked).matches()) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(asked)));
    }
    return date(asked)
        .flatMap(then -> answer
            .header("Date")
            .flatMap(Failures::date)
            .map(now -> then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO));
  }

  private static Optional<Instant> date(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String requestId(Http.Answer answer) {
    return REQUEST_ID_HEADERS.stream()
        .map(answer::header)
        .flatMap(Optional::stream)
        .map(Failures::printable)
        .findFirst()
        .orElse("");
  }

  /** The {@code error} of a JSON body, or the beginning of a plain text; not pages of HTML. */
  private static String text(Http.Answer answer) {
    Optional<String> error = Json.text(Json.lenient(answer.body()), "error");
    if (error.isPresent()) {
      return printable(error.get());
    }
    return answer.contentType().startsWith("text/plain")
        ? printable(new String(answer.body(), StandardCharsets.UTF_8))
        : "";
  }

  /** Safe in one line of a log. */
  static String printable(String text) {
    String line = UNPRINTABLE.matcher(text).replaceAll(" ").strip();
    return line.length() <= MAX_TEXT ? line : line.substring(0, MAX_TEXT) + "…";
  }
}
