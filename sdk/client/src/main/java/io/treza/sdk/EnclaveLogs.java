package io.treza.sdk;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The newest lines of an enclave's logs.
 *
 * @param enclaveId the enclave
 * @param enclaveName what people call it
 * @param status where the platform says it is
 * @param logs the lines of each kind, newest first; a kind the platform does not know is missing
 */
public record EnclaveLogs(
    String enclaveId,
    Optional<String> enclaveName,
    EnclaveStatus status,
    Map<LogType, List<LogEntry>> logs) {

  public EnclaveLogs {
    logs = Collections.unmodifiableMap(new LinkedHashMap<>(logs));
  }

  /** The lines of one kind, newest first; none if there are none. */
  public List<LogEntry> of(LogType type) {
    return logs.getOrDefault(type, List.of());
  }

  static EnclaveLogs read(Fields fields) {
    Map<LogType, List<LogEntry>> logs = new LinkedHashMap<>();
    Fields kinds = fields.object("logs");
    kinds
        .names()
        .forEach(kind -> logs.put(new LogType(kind), kinds.optionalList(kind, LogEntry::read)));
    return new EnclaveLogs(
        fields.required("enclave_id"),
        fields.text("enclave_name"),
        new EnclaveStatus(fields.required("enclave_status")),
        logs);
  }
}
