package io.treza.aws;

import static io.treza.aws.ItemMapping.fromNumber;
import static io.treza.aws.ItemMapping.fromTime;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromS;

import io.treza.platform.store.ItemTable;
import io.treza.platform.store.StoredItem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.Select;

/**
 * The items of one kind, in one partition: a consistent query reads them all, and one of an index
 * those of a wallet or with a hash.
 *
 * <p>Each write carries a mark of its own. A put that the SDK repeated since the first answer was
 * lost fails on its condition, and finds its own mark there.
 */
final class DynamoDbItems<T extends StoredItem> implements ItemTable<T> {
  private static final String ABSENT = "attribute_not_exists(" + DynamoDbTable.PARTITION + ")";
  private static final String OF_VERSION = "version = :version";
  private static final String MARK = "write";

  private final StoreCalls store;
  private final ItemMapping<T> mapping;

  DynamoDbItems(StoreCalls store, ItemMapping<T> mapping) {
    this.store = store;
    this.mapping = mapping;
  }

  @Override
  public boolean insert(T item) {
    return put(item, ABSENT, Map.of());
  }

  /** The same as a part of a transaction. */
  Put insertion(T item) {
    return Put.builder()
        .tableName(store.table())
        .item(attributes(item))
        .conditionExpression(ABSENT)
        .build();
  }

  @Override
  public Optional<T> find(String id) {
    return store.call(() -> Optional.of(store
            .client()
            .getItem(request -> request.tableName(store.table()).key(key(id)).consistentRead(true))
            .item())
        .filter(item -> !item.isEmpty())
        .map(mapping.reader()));
  }

  @Override
  public List<T> ownedBy(String wallet) {
    return byIndex(DynamoDbTable.OWNER, digest(wallet)).stream()
        .filter(item -> item.wallet().equals(wallet))
        .toList();
  }

  /** The items in whose attribute, by which they are indexed, stands a value. */
  List<T> byIndex(String attribute, String value) {
    return query(request -> request
        .indexName(attribute)
        .select(Select.ALL_ATTRIBUTES)
        .keyConditionExpression(DynamoDbTable.PARTITION + " = :kind AND #attribute = :value")
        .expressionAttributeNames(Map.of("#attribute", attribute))
        .expressionAttributeValues(Map.of(":kind", fromS(mapping.kind()), ":value", fromS(value))));
  }

  @Override
  public List<T> all() {
    return query(request -> request
        .keyConditionExpression(DynamoDbTable.PARTITION + " = :kind")
        .expressionAttributeValues(Map.of(":kind", fromS(mapping.kind()))));
  }

  private List<T> query(Consumer<QueryRequest.Builder> which) {
    return store.call(() -> store
        .client()
        .queryPaginator(
            request -> request.tableName(store.table()).consistentRead(true).applyMutation(which))
        .items()
        .stream()
        .map(mapping.reader())
        .sorted(Comparator.comparing(T::createdAt).thenComparing(T::id))
        .toList());
  }

  @Override
  public boolean replace(T item) {
    return put(item, OF_VERSION, version(item.version() - 1));
  }

  private boolean put(T item, String condition, Map<String, AttributeValue> values) {
    Map<String, AttributeValue> attributes = attributes(item);
    return store.call(() -> {
      try {
        store
            .client()
            .putItem(request -> request
                .tableName(store.table())
                .item(attributes)
                .conditionExpression(condition)
                .expressionAttributeValues(values.isEmpty() ? null : values)
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
        return true;
      } catch (ConditionalCheckFailedException e) {
        return Objects.equals(attributes.get(MARK), e.item().get(MARK));
      }
    });
  }

  /** {@inheritDoc} Where the first answer was lost it says that the item is gone, and it is. */
  @Override
  public boolean delete(T item) {
    return store.call(() -> {
      try {
        store
            .client()
            .deleteItem(request -> request
                .tableName(store.table())
                .key(key(item.id()))
                .conditionExpression(OF_VERSION)
                .expressionAttributeValues(version(item.version())));
        return true;
      } catch (ConditionalCheckFailedException e) {
        return false;
      }
    });
  }

  private static Map<String, AttributeValue> version(long version) {
    return Map.of(":version", fromNumber(version));
  }

  private Map<String, AttributeValue> key(String id) {
    return DynamoDbTable.key(mapping.kind(), id);
  }

  private Map<String, AttributeValue> attributes(T item) {
    Map<String, AttributeValue> attributes = new HashMap<>(key(item.id()));
    attributes.put(DynamoDbTable.OWNER, fromS(digest(item.wallet())));
    attributes.put("wallet", fromS(item.wallet()));
    attributes.put("created_at", fromTime(item.createdAt()));
    attributes.put("version", fromNumber(item.version()));
    attributes.put(MARK, fromS(UUID.randomUUID().toString()));
    mapping.writer().accept(item, attributes);
    return attributes;
  }

  /** Of any text, one that a key can be: not empty, and not longer than 1024 bytes. */
  static String digest(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
