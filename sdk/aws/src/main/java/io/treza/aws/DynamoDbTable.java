package io.treza.aws;

import java.io.Closeable;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A table in Amazon DynamoDB that stores share, and the calls to it. Thread-safe.
 *
 * <p>Every store uses the one shape that {@link #create} gives a table; stores may have a table each
 * or one together. Credentials are those of the AWS SDK's default chain. A call that fails is tried
 * again where that is safe, and every call here is: a conditional write whose answer was lost finds,
 * when repeated, that it has been done.
 */
public final class DynamoDbTable implements Closeable {
  /** Partition key; every key begins with what kind of item it is of. */
  static final String PARTITION = "pk";

  /** Sort key. */
  static final String SORT = "sk";

  /** When DynamoDB may remove an item by itself, in seconds since 1970. */
  static final String TTL = "expires";

  /** Sort keys of the indexes by these names, all strongly consistent and absent on most items. */
  static final String OWNER = "owner";

  static final String HASH = "hash";
  static final String POSITION = "position";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{3,255}");
  private static final Duration ACTIVE_WITHIN = Duration.ofMinutes(5);

  private final String name;
  private final DynamoDbClient client;
  private final Faults faults;

  private DynamoDbTable(Builder builder) {
    this.name = builder.name;
    DynamoDbClientBuilder sdk = DynamoDbClient.builder()
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .overrideConfiguration(config -> config
            .retryStrategy(RetryMode.STANDARD)
            .apiCallTimeout(builder.callTimeout)
            .apiCallAttemptTimeout(builder.callTimeout.dividedBy(3)));
    builder.region.map(Region::of).ifPresent(sdk::region);
    builder.endpoint.ifPresent(sdk::endpointOverride);
    if (builder.emulator) {
      sdk.credentialsProvider(StaticCredentialsProvider.create(
          AwsBasicCredentials.create("emulator", "takes-any-secret")));
    }
    try {
      this.client = sdk.build();
    } catch (SdkClientException e) {
      throw new IllegalStateException(
          "DynamoDB: " + e.getMessage() + " Name a region with region(...).", e);
    }
    Region region = client.serviceClientConfiguration().region();
    this.faults = new Faults(name, region.id());
  }

  /**
   * Settings for the table of this name.
   *
   * @param table 3 to 255 letters, digits, {@code _}, {@code .} and {@code -}
   */
  public static Builder named(String table) {
    return new Builder(table);
  }

  /**
   * Makes the table, unless there is one of its name, and waits until it can be used. It is billed
   * by request; expired items go by themselves; it can be recovered to any second of 35 days, and is
   * protected from deletion. Needs {@code dynamodb:CreateTable}, {@code DescribeTable}, {@code
   * UpdateTimeToLive}, {@code DescribeTimeToLive} and {@code UpdateContinuousBackups}.
   *
   * @return whether it was made now
   * @throws IllegalStateException if that fails; it can be repeated
   */
  public boolean create() {
    return call(() -> {
      boolean made = TableShape.create(client, name, ACTIVE_WITHIN);
      TableShape.expireItems(client, name);
      client.updateContinuousBackups(request -> request
          .tableName(name)
          .pointInTimeRecoverySpecification(recovery -> recovery.pointInTimeRecoveryEnabled(true)));
      return made;
    });
  }

  /** For emulators that lack backups. */
  void createWithoutBackups() {
    call(() -> {
      TableShape.create(client, name, ACTIVE_WITHIN);
      TableShape.expireItems(client, name);
      return name;
    });
  }

  /** What a store asks, which expects its conditions to fail; every other failure is explained. */
  <T> T call(Supplier<T> calls) {
    try {
      return calls.get();
    } catch (SdkException e) {
      throw faults.explained(e);
    } catch (RejectedExecutionException e) {
      // So the SDK says that it is closed.
      throw new IllegalStateException(this + " is closed", e);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(this + ": " + e.getMessage(), e);
    }
  }

  DynamoDbClient client() {
    return client;
  }

  String name() {
    return name;
  }

  static Map<String, AttributeValue> key(String partition, String sort) {
    return Map.of(
        PARTITION, AttributeValue.fromS(partition),
        SORT, AttributeValue.fromS(sort));
  }

  /** Releases connections; stores on it fail from then on. */
  @Override
  public void close() {
    client.close();
  }

  /** Table and region. */
  @Override
  public String toString() {
    return "DynamoDbTable[" + faults.place() + "]";
  }

  /** Collects the settings; all but the name have defaults. */
  public static final class Builder {
    private final String name;
    private Optional<String> region = Optional.empty();
    private Optional<URI> endpoint = Optional.empty();
    private boolean emulator;
    private Duration callTimeout = Duration.ofSeconds(10);

    private Builder(String table) {
      if (!NAME.matcher(table).matches()) {
        throw new IllegalArgumentException(
            "a table's name is 3 to 255 letters, digits, _, . and -, not \"" + table + "\"");
      }
      this.name = table;
    }

    /** For example {@code eu-central-1}; the SDK's default chain unless said. */
    public Builder region(String id) {
      this.region = Optional.of(id);
      return this;
    }

    /**
     * Calls another address than the region's, for example a VPC endpoint.
     *
     * @throws IllegalArgumentException if it is not {@code https:}
     */
    public Builder endpoint(URI address) {
      if (!"https".equals(address.getScheme())) {
        throw new IllegalArgumentException(
            "an endpoint begins with https://; an emulator without TLS is named by"
                + " insecureEmulator(...) in Java, insecure-emulator of treza serve");
      }
      this.endpoint = Optional.of(address);
      this.emulator = false;
      return this;
    }

    /** Calls an emulator, in the clear, with made-up credentials. */
    public Builder insecureEmulator(URI address) {
      this.endpoint = Optional.of(address);
      this.emulator = true;
      return this;
    }

    /** How long a call may take with its repetitions, of which each has a third; 10 s unless said. */
    public Builder callTimeout(Duration limit) {
      if (limit.toMillis() < 3) {
        throw new IllegalArgumentException("a call takes 3 ms at least, not " + limit);
      }
      this.callTimeout = limit;
      return this;
    }

    /**
     * Calls nobody yet.
     *
     * @throws IllegalStateException if no region is named here or where the SDK looks
     */
    public DynamoDbTable build() {
      return new DynamoDbTable(this);
    }
  }
}
