package io.treza.aws;

import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromN;
import static software.amazon.awssdk.services.dynamodb.model.AttributeValue.fromS;

import io.treza.attestation.Challenge;
import io.treza.attestation.ChallengeStatus;
import io.treza.attestation.ChallengeStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Challenges that every server which shares a table recognises, each consumed at most once among
 * them all. Thread-safe.
 *
 * <p>To issue is a put on the condition that the nonce is new; to consume is a delete on the
 * condition that the item is there, for this purpose and alive. DynamoDB makes both atomic and
 * durable in one region; replicas of a global table do not agree soon enough, so all servers must
 * use one region's table. An answer that is lost loses the challenge; it is never consumed again.
 * A consumed challenge is {@link ChallengeStatus#UNKNOWN} from then on.
 *
 * <p>DynamoDB tells no time: whether a challenge is alive is judged by the clock of whoever looks or
 * consumes, so clocks that differ lengthen or shorten its life by their difference. The table's
 * time to live, which works hours late, only tidies up.
 */
public final class DynamoDbChallengeStore implements ChallengeStore {
  private static final String PREFIX = "challenge#";
  private static final String SORT = "challenge";
  private static final String PURPOSE = "purpose";
  private static final String EXPIRES_AT = "expires_at";
  private static final Duration MIN_LIFETIME = Duration.ofMillis(1);

  private final DynamoDbTable table;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * A store in a table.
   *
   * @param table shared by those among whom a challenge is single-use
   * @param clock tells when challenges expire
   */
  public DynamoDbChallengeStore(DynamoDbTable table, InstantSource clock) {
    this.table = table;
    this.clock = clock;
  }

  /**
   * {@inheritDoc} Its end is rounded down to the millisecond.
   *
   * @throws IllegalStateException if DynamoDB does not confirm it
   */
  @Override
  public Challenge issue(String purpose, Duration lifetime) {
    if (lifetime.compareTo(MIN_LIFETIME) < 0 || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException(
          "lifetime must be 1 ms to " + MAX_LIFETIME + ", not " + lifetime);
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    Instant expiresAt = clock.instant().plus(lifetime).truncatedTo(ChronoUnit.MILLIS);
    Map<String, AttributeValue> item = new HashMap<>(key(nonce));
    item.put(PURPOSE, fromS(purpose));
    item.put(EXPIRES_AT, fromN(Long.toString(expiresAt.toEpochMilli())));
    item.put(DynamoDbTable.TTL, fromN(Long.toString(expiresAt.getEpochSecond() + 1)));
    return table.call(() -> {
      table
          .client()
          .putItem(request -> request
              .tableName(table.name())
              .item(item)
              .conditionExpression("attribute_not_exists(" + DynamoDbTable.PARTITION + ")"));
      return new Challenge(nonce, purpose, expiresAt);
    });
  }

  @Override
  public ChallengeStatus look(byte[] nonce, String purpose) {
    if (nonce.length != NONCE_BYTES) {
      return ChallengeStatus.UNKNOWN;
    }
    long now = millisOrMore(clock.instant());
    return table.call(() -> judge(
        table
            .client()
            .getItem(
                request -> request.tableName(table.name()).key(key(nonce)).consistentRead(true))
            .item(),
        purpose,
        now));
  }

  @Override
  public ChallengeStatus consume(byte[] nonce, String purpose) {
    if (nonce.length != NONCE_BYTES) {
      return ChallengeStatus.UNKNOWN;
    }
    long now = millisOrMore(clock.instant());
    return table.call(() -> {
      try {
        table
            .client()
            .deleteItem(request -> request
                .tableName(table.name())
                .key(key(nonce))
                .conditionExpression(PURPOSE + " = :purpose AND " + EXPIRES_AT + " >= :now")
                .expressionAttributeValues(
                    Map.of(":purpose", fromS(purpose), ":now", fromN(Long.toString(now))))
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
        return ChallengeStatus.OUTSTANDING;
      } catch (ConditionalCheckFailedException e) {
        ChallengeStatus status = judge(e.item(), purpose, now);
        if (status == ChallengeStatus.OUTSTANDING) {
          throw new IllegalStateException("refused to consume an outstanding challenge", e);
        }
        return status;
      }
    });
  }

  private static ChallengeStatus judge(Map<String, AttributeValue> item, String purpose, long now) {
    if (item.isEmpty()) {
      return ChallengeStatus.UNKNOWN;
    }
    if (!purpose.equals(Attributes.text(item, PURPOSE))) {
      return ChallengeStatus.OTHER_PURPOSE;
    }
    return Attributes.number(item, EXPIRES_AT) < now
        ? ChallengeStatus.EXPIRED
        : ChallengeStatus.OUTSTANDING;
  }

  /** Rounded up, since a challenge is over when its last millisecond has begun to pass. */
  private static long millisOrMore(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS).equals(time)
        ? time.toEpochMilli()
        : time.toEpochMilli() + 1;
  }

  private static Map<String, AttributeValue> key(byte[] nonce) {
    return DynamoDbTable.key(PREFIX + HexFormat.of().formatHex(nonce), SORT);
  }
}
