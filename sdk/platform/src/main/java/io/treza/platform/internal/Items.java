package io.treza.platform.internal;

import io.treza.platform.store.ItemTable;
import io.treza.platform.store.StoredItem;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Changes to one wallet's items that hold against whoever changes them at the same time. */
final class Items {
  private Items() {}

  /** The item as changed; empty if it is unknown or another wallet's. */
  static <T extends StoredItem> Optional<T> change(
      ItemTable<T> table, String id, String wallet, UnaryOperator<T> change) {
    while (true) {
      Optional<T> changed = find(table, id, wallet).map(change);
      if (changed.isEmpty() || table.replace(changed.get())) {
        return changed;
      }
    }
  }

  /** Answers a request to delete the item that its query names. */
  static <T extends StoredItem> Reply delete(ItemTable<T> table, Call call, String name) {
    Optional<String> id = call.query("id");
    Optional<String> wallet = call.query("wallet");
    if (id.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "ID and wallet address required");
    }
    return call.caller().owns(wallet.get()) && delete(table, id.get(), wallet.get())
        ? Reply.done(name + " deleted successfully")
        : unknown(name);
  }

  /** The answer about an item that is unknown or another wallet's, which nobody can tell apart. */
  static Reply unknown(String name) {
    return Reply.error(404, name + " not found or access denied");
  }

  private static <T extends StoredItem> boolean delete(
      ItemTable<T> table, String id, String wallet) {
    while (true) {
      Optional<T> item = find(table, id, wallet);
      if (item.isEmpty()) {
        return false;
      }
      if (table.delete(item.get())) {
        return true;
      }
    }
  }

  /** The refusal if a wallet has as many as it may. */
  static Optional<Reply> full(ItemTable<? extends StoredItem> table, String wallet, int quota) {
    return table.ownedBy(wallet).size() < quota
        ? Optional.empty()
        : Optional.of(
            Reply.error(409, "The wallet has its " + quota + " of these; delete one first"));
  }

  private static <T extends StoredItem> Optional<T> find(
      ItemTable<T> table, String id, String wallet) {
    return table.find(id).filter(item -> item.wallet().equals(wallet));
  }
}
