package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.store.LogEntry;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.PlatformStore;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The route that shows an enclave's log, under the names that the original's sources have: a build
 * is {@code build}, what boots is {@code ecs}, a change of status {@code stepfunctions}.
 *
 * <p>Each answer's {@code next} is a position. With {@code since} one gets what came after it,
 * oldest first, so whoever passes each answer's {@code next} sees every line once.
 */
final class LogsApi {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1000;

  private final PlatformStore store;

  LogsApi(PlatformStore store) {
    this.store = store;
  }

  private enum Type {
    ECS,
    STEPFUNCTIONS,
    LAMBDA,
    APPLICATION,
    ERRORS,
    BUILD;

    private Set<LogKind> kinds() {
      return switch (this) {
        case ECS -> EnumSet.of(LogKind.BOOT);
        case STEPFUNCTIONS -> EnumSet.of(LogKind.TRANSITION);
        case LAMBDA -> EnumSet.noneOf(LogKind.class);
        case APPLICATION -> EnumSet.of(LogKind.APPLICATION);
        case ERRORS -> EnumSet.of(LogKind.ERROR);
        case BUILD -> EnumSet.of(LogKind.BUILD);
      };
    }

    private String word() {
      return Json.word(this);
    }

    /** Those that a request asks for: none if it is of a type that there is not. */
    private static List<Type> asked(String type) {
      return Stream.of(values())
          .filter(one -> type.equals("all") || type.equals(one.word()))
          .toList();
    }
  }

  Reply show(Call call, EnclaveRecord enclave) {
    Optional<String> since = call.query("since");
    Optional<Long> position = since.flatMap(LogsApi::number);
    if (since.isPresent() && position.isEmpty()) {
      return Reply.error(400, "Invalid since: expected the next of an earlier answer");
    }
    int limit = call.query("limit")
        .flatMap(LogsApi::number)
        .filter(number -> number > 0)
        .map(number -> (int) Math.min(number, MAX_LIMIT))
        .orElse(DEFAULT_LIMIT);
    List<Type> types = Type.asked(call.query("type").orElse("all"));
    ObjectNode body = Json.object()
        .put("enclave_id", enclave.id())
        .put("enclave_name", enclave.asked().path("name").asText())
        .put("enclave_status", enclave.status().name());
    ObjectNode logs = body.putObject("logs");
    types.forEach(type -> logs.putArray(type.word()));
    long next = position.isPresent()
        ? following(logs, enclave.id(), types, position.get(), limit)
        : newest(logs, enclave.id(), types, limit);
    return Reply.ok(body.put("next", Long.toString(next)));
  }

  private long following(ObjectNode logs, String id, List<Type> types, long position, int limit) {
    Set<LogKind> kinds = EnumSet.noneOf(LogKind.class);
    types.forEach(type -> kinds.addAll(type.kinds()));
    long next = position;
    for (LogEntry entry : store.logsAfter(id, kinds, position, limit)) {
      for (Type type : types) {
        if (type.kinds().contains(entry.line().kind())) {
          add(logs, type, entry);
        }
      }
      next = entry.position();
    }
    return next;
  }

  private long newest(ObjectNode logs, String id, List<Type> types, int limit) {
    // What is added while the types are read one by one is left for the next answer.
    long end = store.newestLogs(id, EnumSet.allOf(LogKind.class), 1).stream()
        .mapToLong(LogEntry::position)
        .findFirst()
        .orElse(0);
    for (Type type : types) {
      for (LogEntry entry : store.newestLogs(id, type.kinds(), limit)) {
        if (entry.position() <= end) {
          add(logs, type, entry);
        }
      }
    }
    return end;
  }

  private static void add(ObjectNode logs, Type type, LogEntry entry) {
    ((ArrayNode) logs.path(type.word()))
        .addObject()
        .put("timestamp", entry.line().time().toEpochMilli())
        .put("message", entry.line().text())
        .put("source", type.word())
        .put("type", Json.word(entry.line().kind()))
        .put("position", Long.toString(entry.position()));
  }

  private static Optional<Long> number(String text) {
    try {
      return Optional.of(Long.parseLong(text)).filter(number -> number >= 0);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
