package io.treza.platform.store;

import java.time.Instant;

/** What every item has, whatever it is. */
public sealed interface StoredItem permits StoredEnclave, StoredTask, StoredApiKey {
  /** Its key: 1 to 64 letters, digits and {@code _}. */
  String id();

  /** Whose it is. */
  String wallet();

  /** When it was made, to the millisecond. */
  Instant createdAt();

  /** 1 for what was just made, and one more with each change. */
  long version();
}
