package io.treza.aws;

import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/**
 * The keys and indexes of every table.
 *
 * <p>The indexes are local ones: unlike global ones they are read consistently, and unlike items
 * written beside they cannot disagree with what they index. Those of items hold keys
 * only, since what an index repeats counts towards an item's 400 KB, and a query fetches the rest;
 * that of logs holds the lines, which are short, since a query filters them by kind.
 */
final class TableShape {
  private TableShape() {}

  /** Whether it was made now. */
  static boolean create(DynamoDbClient client, String table, Duration limit) {
    boolean made = true;
    try {
      client.createTable(request -> request
          .tableName(table)
          .attributeDefinitions(
              attribute(DynamoDbTable.PARTITION, ScalarAttributeType.S),
              attribute(DynamoDbTable.SORT, ScalarAttributeType.S),
              attribute(DynamoDbTable.OWNER, ScalarAttributeType.S),
              attribute(DynamoDbTable.HASH, ScalarAttributeType.S),
              attribute(DynamoDbTable.POSITION, ScalarAttributeType.N))
          .keySchema(keys(DynamoDbTable.SORT))
          .localSecondaryIndexes(
              index(DynamoDbTable.OWNER, ProjectionType.KEYS_ONLY),
              index(DynamoDbTable.HASH, ProjectionType.KEYS_ONLY),
              index(DynamoDbTable.POSITION, ProjectionType.ALL))
          .billingMode(BillingMode.PAY_PER_REQUEST)
          .deletionProtectionEnabled(true));
    } catch (ResourceInUseException there) {
      made = false;
    }
    try (var waiter = client.waiter()) {
      waiter.waitUntilTableExists(
          request -> request.tableName(table), wait -> wait.waitTimeout(limit));
    }
    return made;
  }

  /** Asks first: to enable it twice is an error. */
  static void expireItems(DynamoDbClient client, String table) {
    TimeToLiveStatus status = client
        .describeTimeToLive(request -> request.tableName(table))
        .timeToLiveDescription()
        .timeToLiveStatus();
    if (status != TimeToLiveStatus.ENABLED && status != TimeToLiveStatus.ENABLING) {
      client.updateTimeToLive(request -> request
          .tableName(table)
          .timeToLiveSpecification(ttl -> ttl.attributeName(DynamoDbTable.TTL).enabled(true)));
    }
  }

  private static LocalSecondaryIndex index(String attribute, ProjectionType projected) {
    return LocalSecondaryIndex.builder()
        .indexName(attribute)
        .keySchema(keys(attribute))
        .projection(projection -> projection.projectionType(projected))
        .build();
  }

  private static List<KeySchemaElement> keys(String sort) {
    return List.of(
        KeySchemaElement.builder()
            .attributeName(DynamoDbTable.PARTITION)
            .keyType(KeyType.HASH)
            .build(),
        KeySchemaElement.builder().attributeName(sort).keyType(KeyType.RANGE).build());
  }

  private static AttributeDefinition attribute(String name, ScalarAttributeType type) {
    return AttributeDefinition.builder().attributeName(name).attributeType(type).build();
  }
}
