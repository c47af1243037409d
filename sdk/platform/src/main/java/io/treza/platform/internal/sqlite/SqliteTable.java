package io.treza.platform.internal.sqlite;

import io.treza.platform.store.ItemTable;
import io.treza.platform.store.StoredItem;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The items of one kind in their table. */
final class SqliteTable<T extends StoredItem> implements ItemTable<T> {
  private static final String IN_ORDER = " order by created_at, id";

  private final Database database;
  private final Mapping<T> mapping;
  private final String insert;
  private final String select;
  private final String update;
  private final String delete;

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
    return database.write(session -> insert(session, item));
  }

  /** The same as a part of a transaction. */
  boolean insert(Session session, T item) throws SQLException {
    List<Object> values =
        new ArrayList<>(List.of(item.id(), item.wallet(), item.createdAt(), item.version()));
    values.addAll(mapping.values().apply(item));
    return session.update(insert, values.toArray()) == 1;
  }

  @Override
  public Optional<T> find(String id) {
    return findBy("id", id);
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
    return database.write(session -> session.update(update, values.toArray()) == 1);
  }

  @Override
  public boolean delete(T item) {
    return database.write(session -> session.update(delete, item.id(), item.version()) == 1);
  }
}
