package io.treza.aws;

import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreProvider;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * DynamoDB by {@link java.util.ServiceLoader}, kind {@code dynamodb}. Its settings are {@code table}
 * and if wanted {@code region}, {@code endpoint}, {@code insecure-emulator}, as {@link
 * DynamoDbTable.Builder} has them, and {@code create}, with {@code true}, for {@link
 * DynamoDbTable#create}.
 */
public final class DynamoDbStoreProvider implements PlatformStoreProvider {
  private static final String TABLE = "table";
  private static final String CREATE = "create";
  private static final Map<String, BiConsumer<DynamoDbTable.Builder, String>> SETTINGS = Map.of(
      "region", DynamoDbTable.Builder::region,
      "endpoint", (builder, value) -> builder.endpoint(URI.create(value)),
      "insecure-emulator", (builder, value) -> builder.insecureEmulator(URI.create(value)));

  /** For ServiceLoader. */
  public DynamoDbStoreProvider() {}

  @Override
  public String kind() {
    return "dynamodb";
  }

  @Override
  public PlatformStore open(Map<String, String> settings) throws IOException {
    Map<String, String> rest = new TreeMap<>(settings);
    String name = rest.remove(TABLE);
    if (name == null) {
      throw new IllegalArgumentException("table is missing: the name of the table");
    }
    boolean create = isTrue(rest.remove(CREATE));
    DynamoDbTable.Builder builder = DynamoDbTable.named(name);
    rest.forEach((key, value) -> {
      BiConsumer<DynamoDbTable.Builder, String> setting = SETTINGS.get(key);
      if (setting == null) {
        throw new IllegalArgumentException(key + " is no setting; there are " + TABLE + ", "
            + CREATE + ", " + String.join(", ", new TreeMap<>(SETTINGS).keySet()));
      }
      setting.accept(builder, value);
    });
    try {
      DynamoDbTable table = builder.build();
      if (create) {
        table.create();
      }
      return new DynamoDbPlatformStore(table);
    } catch (IllegalStateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean isTrue(@Nullable String value) {
    if (value != null && !value.equals("true")) {
      throw new IllegalArgumentException(CREATE + " is true or left out, not " + value);
    }
    return value != null;
  }
}
