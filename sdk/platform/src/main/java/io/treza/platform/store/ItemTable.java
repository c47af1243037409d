package io.treza.platform.store;

import java.util.List;
import java.util.Optional;

/**
 * Items of one kind, each under its id and changed only by whoever knows its latest version.
 * Thread-safe.
 *
 * @param <T> the kind
 */
public interface ItemTable<T extends StoredItem> {
  /**
   * Adds an item.
   *
   * @return false if its id is taken
   */
  boolean insert(T item);

  /** The item with this id, as it was last written. */
  Optional<T> find(String id);

  /** The items of one wallet, compared by its exact text, by creation time and then by id. */
  List<T> ownedBy(String wallet);

  /** Every item, by creation time and then by id; for when a server starts. */
  List<T> all();

  /**
   * Puts an item in its predecessor's place. Id, wallet and creation time must be the predecessor's.
   *
   * @return false if the stored item's version is not the one before {@code item}'s, or it is gone
   */
  boolean replace(T item);

  /**
   * Removes an item.
   *
   * @return false if the stored item's version is not {@code item}'s, or it is gone
   */
  boolean delete(T item);
}
