package io.treza.aws;

import static io.treza.aws.Attributes.number;
import static io.treza.aws.Attributes.text;
import static io.treza.aws.ItemMapping.fromNumber;
import static io.treza.aws.ItemMapping.fromTime;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromS;

import io.treza.platform.store.LogEntry;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.LogLine;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Logs of enclaves: of each kind a ring of places in which the newest line takes the oldest one's,
 * and an index that has the lines in their order.
 *
 * <p>Positions grow over all logs of the table. They are taken from it a block at a time, so a
 * server that starts again, or that comes after another, goes on above the last.
 */
final class DynamoDbLogs {
  private static final int BLOCK = 1000;
  private static final int LOCKS = 64;
  private static final int BATCH = 25;
  private static final int PAGE = 100;
  private static final int MAX_REMEMBERED = 10_000;
  private static final String NEXT = "next_position";
  private static final String SLOT = "slot";

  private final StoreCalls store;
  private final int lines;
  /** By enclave: whoever takes a position writes its line before another takes the next. */
  private final List<Object> locks =
      IntStream.range(0, LOCKS).mapToObj(i -> new Object()).toList();

  /** By log and kind, the place of the next line; forgotten, it is found again. */
  private final ConcurrentMap<String, Long> nextSlots = new ConcurrentHashMap<>();

  private final Object blockLock = new Object();
  private long position;
  private long blockEnd;

  DynamoDbLogs(StoreCalls store, int lines) {
    this.store = store;
    this.lines = lines;
  }

  void append(String enclaveId, LogLine line) {
    synchronized (lock(enclaveId)) {
      String ring = enclaveId + " " + line.kind();
      // In one look: another enclave's lock does not keep it from being forgotten.
      long slot = Optional.ofNullable(nextSlots.get(ring))
          .orElseGet(() -> slotAfterNewest(enclaveId, line.kind()));
      Map<String, AttributeValue> item =
          new HashMap<>(DynamoDbTable.key(partition(enclaveId), line.kind() + "#" + slot));
      item.put(DynamoDbTable.POSITION, fromNumber(nextPosition()));
      item.put(SLOT, fromNumber(slot));
      item.put("kind", fromS(line.kind().name()));
      item.put("time", fromTime(line.time()));
      item.put("text", fromS(line.text()));
      store.call(
          () -> store.client().putItem(put -> put.tableName(store.table()).item(item)));
      if (nextSlots.size() >= MAX_REMEMBERED) {
        nextSlots.clear();
      }
      nextSlots.put(ring, (slot + 1) % lines);
    }
  }

  private long slotAfterNewest(String enclaveId, LogKind kind) {
    return items(enclaveId, EnumSet.of(kind), 0, false, 1).stream()
        .mapToLong(newest -> (number(newest, SLOT) + 1) % lines)
        .findFirst()
        .orElse(0);
  }

  private long nextPosition() {
    synchronized (blockLock) {
      if (position == blockEnd) {
        blockEnd = store.call(() -> number(
            store
                .client()
                .updateItem(update -> update
                    .tableName(store.table())
                    .key(DynamoDbTable.key("log", NEXT))
                    .updateExpression("ADD " + NEXT + " :block")
                    .expressionAttributeValues(Map.of(":block", fromNumber(BLOCK)))
                    .returnValues(ReturnValue.UPDATED_NEW))
                .attributes(),
            NEXT));
        position = blockEnd - BLOCK;
      }
      return ++position;
    }
  }

  List<LogEntry> newest(String enclaveId, Set<LogKind> kinds, int limit) {
    return entries(items(enclaveId, kinds, 0, false, limit));
  }

  List<LogEntry> after(String enclaveId, Set<LogKind> kinds, long after, int limit) {
    return entries(items(enclaveId, kinds, after, true, limit));
  }

  private static List<LogEntry> entries(List<Map<String, AttributeValue>> items) {
    return items.stream()
        .map(item -> new LogEntry(
            number(item, DynamoDbTable.POSITION),
            new LogLine(
                Attributes.time(item, "time"),
                LogKind.valueOf(text(item, "kind")),
                text(item, "text"))))
        .toList();
  }

  private List<Map<String, AttributeValue>> items(
      String enclaveId, Set<LogKind> kinds, long after, boolean oldestFirst, int limit) {
    if (kinds.isEmpty()) {
      return List.of();
    }
    Map<String, AttributeValue> values = new HashMap<>();
    kinds.forEach(kind -> values.put(":" + kind, fromS(kind.name())));
    String anyKind = "kind IN (" + String.join(", ", values.keySet()) + ")";
    values.put(":log", fromS(partition(enclaveId)));
    values.put(":after", fromNumber(after));
    return query(
        request -> request
            .indexName(DynamoDbTable.POSITION)
            .keyConditionExpression(DynamoDbTable.PARTITION + " = :log AND #position > :after")
            .filterExpression(anyKind)
            .expressionAttributeNames(Map.of("#position", DynamoDbTable.POSITION))
            .expressionAttributeValues(values)
            .scanIndexForward(oldestFirst)
            .limit(Math.max(limit, PAGE)),
        limit);
  }

  void delete(String enclaveId) {
    synchronized (lock(enclaveId)) {
      for (LogKind kind : LogKind.values()) {
        nextSlots.remove(enclaveId + " " + kind);
      }
      List<WriteRequest> deletions = query(
              request -> request
                  .keyConditionExpression(DynamoDbTable.PARTITION + " = :log")
                  .projectionExpression(DynamoDbTable.PARTITION + ", " + DynamoDbTable.SORT)
                  .expressionAttributeValues(Map.of(":log", fromS(partition(enclaveId)))),
              Integer.MAX_VALUE)
          .stream()
          .map(key ->
              WriteRequest.builder().deleteRequest(delete -> delete.key(key)).build())
          .toList();
      for (int from = 0; from < deletions.size(); from += BATCH) {
        write(deletions.subList(from, Math.min(from + BATCH, deletions.size())));
      }
    }
  }

  /** What DynamoDB had no capacity for it hands back; a batch that gets nowhere is throttled. */
  private void write(List<WriteRequest> batch) {
    List<WriteRequest> left = batch;
    while (!left.isEmpty()) {
      Map<String, List<WriteRequest>> requests = Map.of(store.table(), left);
      BatchWriteItemResponse done =
          store.call(() -> store.client().batchWriteItem(write -> write.requestItems(requests)));
      left = done.unprocessedItems().getOrDefault(store.table(), List.of());
    }
  }

  private List<Map<String, AttributeValue>> query(Consumer<QueryRequest.Builder> which, int limit) {
    return store.call(() -> {
      List<Map<String, AttributeValue>> items = new ArrayList<>();
      store
          .client()
          .queryPaginator(
              request -> request.tableName(store.table()).consistentRead(true).applyMutation(which))
          .items()
          .stream()
          .limit(limit)
          .forEach(items::add);
      return items;
    });
  }

  private Object lock(String enclaveId) {
    return locks.get(Math.floorMod(enclaveId.hashCode(), LOCKS));
  }

  private static String partition(String enclaveId) {
    return "log#" + enclaveId;
  }
}
