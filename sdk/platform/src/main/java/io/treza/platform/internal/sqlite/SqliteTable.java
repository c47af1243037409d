package io.treza.platform.internal.sqlite;

import io.treza.platform.store.ItemTable;
import io.treza.platform.store.StoredItem;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The items of one kind in their table, and those last used in memory too: nobody else writes the
 * file, so what was written here, or read while nothing is written, stays true.
 */
final class SqliteTable<T extends StoredItem> implements ItemTable<T> {
  private static final String IN_ORDER = " order by created_at, id";

  static final int MAX_CACHED = 2_000;

  private final Database database;
  private final Mapping<T> mapping;
  private final String insert;
  private final String select;
  private final String update;
  private final String delete;
  private final ConcurrentMap<String, T> cached = new ConcurrentHashMap<>();

  SqliteTable(Database database, Mapping<T> mapping) {
    this.database = database;
    this.mapping = mapping;
    this.insert = "insert into " + mapping.table() + " (id, wallet, created_at, version, "
        + String.join(", ", mapping.columns()) + ") values (?, ?, ?, ?"
        + ", ?".repeat(mapping.columns().size()) + ") on conflict do nothing";
    this.select = "select * from " + mapping.table();
    this.update = "update " + mapping.table() + " set " + String.join(" = ?, ", mapping.columns())
        + " = ?, version = version + 1 where id = ? and version = ?";
    this.delete = "delete from " + mapping.table() + " where id = ? and version = ?";
  }

  @Override
  public boolean insert(T item) {
    return database.write(session -> {
      boolean done = insert(session, item);
      if (done) {
        cache(item);
      }
      return done;
    });
  }

  /** The same as a part of a transaction, after which {@link #cache} is to be called. */
  boolean insert(Session session, T item) throws SQLException {
    List<Object> values =
        new ArrayList<>(List.of(item.id(), item.wallet(), item.createdAt(), item.version()));
    values.addAll(mapping.values().apply(item));
    return session.update(insert, values.toArray()) == 1;
  }

  /** Remembers what has been written, or was read, by whoever may write. */
  void cache(T item) {
    if (cached.size() >= MAX_CACHED) {
      cached.clear();
    }
    cached.put(item.id(), item);
  }

  /** Forgets what was remembered. */
  void forget() {
    cached.clear();
  }

  @Override
  public Optional<T> find(String id) {
    Optional<T> known = Optional.ofNullable(cached.get(id));
    return known.isPresent()
        ? known
        : database.write(session -> {
          Optional<T> found = session.query(select + " where id = ?", mapping.reader(), id).stream()
              .findFirst();
          found.ifPresent(this::cache);
          return found;
        });
  }

  Optional<T> findBy(String column, String value) {
    return query(" where " + column + " = ?", value).stream().findFirst();
  }

  @Override
  public List<T> ownedBy(String wallet) {
    return query(" where wallet = ?" + IN_ORDER, wallet);
  }

  @Override
  public List<T> all() {
    return query(IN_ORDER);
  }

  private List<T> query(String condition, Object... values) {
    return database.read(session -> session.query(select + condition, mapping.reader(), values));
  }

  @Override
  public boolean replace(T item) {
    List<Object> values = new ArrayList<>(mapping.values().apply(item));
    values.add(item.id());
    values.add(item.version() - 1);
    return database.write(session -> {
      cached.remove(item.id()); // until it is known what became of it
      boolean done = session.update(update, values.toArray()) == 1;
      if (done) {
        cache(item);
      }
      return done;
    });
  }

  @Override
  public boolean delete(T item) {
    return database.write(session -> {
      cached.remove(item.id());
      return session.update(delete, item.id(), item.version()) == 1;
    });
  }
}
