package io.treza.sdk;

import java.time.Instant;
import java.util.Optional;

/**
 * One line of an enclave's log, as the platform tells it: whoever runs the workload or the platform
 * may have written it.
 *
 * @param timestamp when it was written
 * @param message the line; may hold control characters
 * @param source where it was read
 * @param stream which part of the source
 * @param type the platform's word for its kind
 * @param logGroup where it is kept
 * @param function the function that wrote it
 * @param execution the run of a workflow that wrote it
 * @param stateMachine the workflow
 */
public record LogEntry(
    Optional<Instant> timestamp,
    String message,
    Optional<String> source,
    Optional<String> stream,
    Optional<String> type,
    Optional<String> logGroup,
    Optional<String> function,
    Optional<String> execution,
    Optional<String> stateMachine) {

  static LogEntry read(Fields fields) {
    return new LogEntry(
        fields.instant("timestamp"),
        fields.text("message").orElse(""),
        fields.text("source"),
        fields.text("stream"),
        fields.text("type"),
        fields.text("logGroup"),
        fields.text("function"),
        fields.text("execution"),
        fields.text("stateMachine"));
  }
}
