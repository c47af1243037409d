package io.treza.aws;

import io.treza.platform.store.StoreException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The platform store's calls to its table, until it is closed. */
final class StoreCalls {
  private final DynamoDbTable table;
  private final AtomicBoolean closed = new AtomicBoolean();

  StoreCalls(DynamoDbTable table) {
    this.table = table;
  }

  <T> T call(Supplier<T> calls) {
    if (closed.get()) {
      throw new StoreException(
          table + ": the store is closed", new IllegalStateException("closed"));
    }
    try {
      return table.call(calls);
    } catch (IllegalStateException e) {
      throw new StoreException(String.valueOf(e.getMessage()), e);
    }
  }

  DynamoDbClient client() {
    return table.client();
  }

  String table() {
    return table.name();
  }

  void close() {
    closed.set(true);
  }
}
