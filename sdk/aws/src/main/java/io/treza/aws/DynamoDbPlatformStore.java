package io.treza.aws;

import static io.treza.aws.Attributes.text;
import static io.treza.aws.Attributes.time;
import static io.treza.aws.ItemMapping.fromNumber;
import static io.treza.aws.ItemMapping.fromTime;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromS;

import io.treza.platform.store.ItemTable;
import io.treza.platform.store.LogEntry;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.LogLine;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoredApiKey;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredRequest;
import io.treza.platform.store.StoredTask;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/**
 * The platform's store in a table, so that the machine which serves can be lost. Thread-safe.
 *
 * <p>At most one server may use it at a time; nothing here finds out a second one. An item may have
 * 400 KB, and all enclaves together, or all tasks, or all keys, 10 GB.
 */
public final class DynamoDbPlatformStore implements PlatformStore {
  private static final int LINES = 1000;
  private static final int TRANSACTION_ATTEMPTS = 5;
  private static final Duration REQUESTS_KEPT = Duration.ofDays(1);
  private static final String REQUEST = "request";

  private final StoreCalls calls;
  private final DynamoDbItems<StoredEnclave> enclaves;
  private final DynamoDbItems<StoredTask> tasks;
  private final DynamoDbItems<StoredApiKey> apiKeys;
  private final DynamoDbLogs logs;

  /** A store in a table that {@link DynamoDbTable#create} has made; it does not close the table. */
  public DynamoDbPlatformStore(DynamoDbTable table) {
    this(table, LINES);
  }

  /** A store in whose logs an enclave has so many lines of each kind. */
  DynamoDbPlatformStore(DynamoDbTable table, int lines) {
    this.calls = new StoreCalls(table);
    this.enclaves = new DynamoDbItems<>(calls, ItemMapping.ENCLAVES);
    this.tasks = new DynamoDbItems<>(calls, ItemMapping.TASKS);
    this.apiKeys = new DynamoDbItems<>(calls, ItemMapping.API_KEYS);
    this.logs = new DynamoDbLogs(calls, lines);
  }

  @Override
  public ItemTable<StoredEnclave> enclaves() {
    return enclaves;
  }

  @Override
  public ItemTable<StoredTask> tasks() {
    return tasks;
  }

  @Override
  public ItemTable<StoredApiKey> apiKeys() {
    return apiKeys;
  }

  @Override
  public Optional<StoredApiKey> apiKeyByHash(String hash) {
    return apiKeys.byIndex(DynamoDbTable.HASH, hash).stream().findFirst();
  }

  @Override
  public Optional<StoredRequest> request(String key) {
    return calls.call(() -> Optional.of(calls
            .client()
            .getItem(request ->
                request.tableName(calls.table()).key(requestKey(key)).consistentRead(true))
            .item())
        .filter(item -> !item.isEmpty())
        .map(item -> new StoredRequest(
            text(item, "request_key"),
            text(item, "body_hash"),
            text(item, "enclave_id"),
            time(item, "created_at"))));
  }

  @Override
  public boolean insertOnce(StoredEnclave enclave, StoredRequest request) {
    List<TransactWriteItem> both = List.of(
        TransactWriteItem.builder().put(enclaves.insertion(enclave)).build(),
        TransactWriteItem.builder().put(insertion(request)).build());
    // By its token DynamoDB answers a repeated transaction as it did the first time.
    String token = UUID.randomUUID().toString();
    return calls.call(() -> {
      for (int attempt = 1; ; attempt++) {
        try {
          calls
              .client()
              .transactWriteItems(write -> write.transactItems(both).clientRequestToken(token));
          return true;
        } catch (TransactionCanceledException e) {
          List<String> codes =
              e.cancellationReasons().stream().map(CancellationReason::code).toList();
          if (codes.contains("ConditionalCheckFailed")) {
            return false;
          }
          // Another request with one of the keys at this moment; it will have ended soon.
          if (!codes.contains("TransactionConflict") || attempt == TRANSACTION_ATTEMPTS) {
            throw e;
          }
        }
      }
    });
  }

  /** Over a request of the same key that may have been forgotten, too. */
  private Put insertion(StoredRequest request) {
    Instant forgotten = request.createdAt().minus(REQUESTS_KEPT);
    Map<String, AttributeValue> item = new HashMap<>(requestKey(request.key()));
    item.put("request_key", fromS(request.key()));
    item.put("body_hash", fromS(request.bodyHash()));
    item.put("enclave_id", fromS(request.enclaveId()));
    item.put("created_at", fromTime(request.createdAt()));
    item.put(
        DynamoDbTable.TTL,
        fromNumber(request.createdAt().plus(REQUESTS_KEPT).getEpochSecond() + 1));
    return Put.builder()
        .tableName(calls.table())
        .item(item)
        .conditionExpression(
            "attribute_not_exists(" + DynamoDbTable.PARTITION + ") OR created_at < :forgotten")
        .expressionAttributeValues(Map.of(":forgotten", fromTime(forgotten)))
        .build();
  }

  private static Map<String, AttributeValue> requestKey(String key) {
    return DynamoDbTable.key(REQUEST + "#" + DynamoDbItems.digest(key), REQUEST);
  }

  @Override
  public void appendLog(String enclaveId, LogLine line) {
    logs.append(enclaveId, line);
  }

  @Override
  public List<LogEntry> newestLogs(String enclaveId, Set<LogKind> kinds, int limit) {
    return logs.newest(enclaveId, kinds, limit);
  }

  @Override
  public List<LogEntry> logsAfter(String enclaveId, Set<LogKind> kinds, long position, int limit) {
    return logs.after(enclaveId, kinds, position, limit);
  }

  @Override
  public void deleteLogs(String enclaveId) {
    logs.delete(enclaveId);
  }

  @Override
  public void close() {
    calls.close();
  }
}
