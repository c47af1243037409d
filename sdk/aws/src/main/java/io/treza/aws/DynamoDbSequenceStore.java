package io.treza.aws;

import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromN;

import io.treza.attestation.reference.SequenceStore;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Sequence numbers of reference values, for every server that shares a table. Thread-safe.
 *
 * <p>To raise is an update on the condition that the number grows. A table that is restored from a
 * backup remembers what the backup did: raise {@code minimumSequence} before it is used.
 */
public final class DynamoDbSequenceStore implements SequenceStore {
  private static final String HIGHEST = "highest";

  private final DynamoDbTable table;

  /** A store in a table, shared by those that must not accept an older file than another saw. */
  public DynamoDbSequenceStore(DynamoDbTable table) {
    this.table = table;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if DynamoDB does not answer, or the item holds something else
   */
  @Override
  public long raise(String application, long sequence) {
    Map<String, AttributeValue> value = Map.of(":new", fromN(Long.toString(sequence)));
    return table.call(() -> {
      try {
        table
            .client()
            .updateItem(request -> request
                .tableName(table.name())
                .key(DynamoDbTable.key("sequence#" + application, "sequence"))
                .updateExpression("SET " + HIGHEST + " = :new")
                .conditionExpression(
                    "attribute_not_exists(" + HIGHEST + ") OR " + HIGHEST + " < :new")
                .expressionAttributeValues(value)
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
        return sequence;
      } catch (ConditionalCheckFailedException e) {
        return Attributes.number(e.item(), HIGHEST);
      }
    });
  }
}
