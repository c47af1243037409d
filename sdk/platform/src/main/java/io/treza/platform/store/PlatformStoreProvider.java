package io.treza.platform.store;

import java.io.IOException;
import java.util.Map;

/**
 * Opens stores of a kind that is in a library of its own; for programs that find it by {@link
 * java.util.ServiceLoader}, as the {@code treza} command does. Others call that library.
 */
public interface PlatformStoreProvider {
  /** Which kind, for example {@code dynamodb}. */
  String kind();

  /**
   * A store.
   *
   * @param settings in the kind's own words, by name
   * @throws IllegalArgumentException if a setting is missing, unknown or wrong; the message says
   *     which
   * @throws IOException if it cannot be used
   */
  PlatformStore open(Map<String, String> settings) throws IOException;
}
