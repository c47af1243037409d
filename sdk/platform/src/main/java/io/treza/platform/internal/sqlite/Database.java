package io.treza.platform.internal.sqlite;

import io.treza.platform.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.sqlite.SQLiteConfig;

/**
 * The file, held by this process alone: one connection that writes, one that writes what may be
 * lost, and some that read meanwhile.
 *
 * <p>Journal in WAL mode, so readers never wait for the writer. A commit of the first writer is on
 * the disk when it returns ({@code synchronous=FULL}); one of the second only when the first, or a
 * checkpoint, next syncs ({@code NORMAL}), which the end of this process does not undo. See
 * sqlite.org/pragma.html, "synchronous".
 */
final class Database implements AutoCloseable {
  private static final int READERS = 4;

  private final Path file;
  private final FileChannel lock;
  private final List<Session> all = new ArrayList<>();
  private final Session durable;
  private final Session relaxed;
  private final Queue<Session> readers = new ConcurrentLinkedQueue<>();
  private final Semaphore free = new Semaphore(READERS);
  // SQLite has one writer at a time; waiting here is fair and cheap, its own busy handler sleeps.
  private final Object writing = new Object();
  private boolean closed;

  /** What is done with a session. */
  @FunctionalInterface
  interface Use<T> {
    T with(Session session) throws SQLException;
  }

  /**
   * Opens a file, and makes it if missing, readable and writable by its owner only.
   *
   * @throws IOException if another process or store holds it, it is no database, or of a later
   *     version
   */
  Database(Path file) throws IOException {
    this.file = file;
    this.lock = lock(file);
    try {
      ownerOnly(file);
      this.durable = open(SQLiteConfig.SynchronousMode.FULL);
      this.relaxed = open(SQLiteConfig.SynchronousMode.NORMAL);
      for (int i = 0; i < READERS; i++) {
        readers.add(open(SQLiteConfig.SynchronousMode.FULL));
      }
    } catch (SQLException e) {
      close();
      throw new IOException(file + " cannot be opened: " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private Session open(SQLiteConfig.SynchronousMode mode) throws SQLException, IOException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(mode);
    var connection = config.createConnection("jdbc:sqlite:" + file);
    all.add(new Session(connection));
    if (all.size() == 1) {
      Schema.migrate(connection, file);
    }
    return all.get(all.size() - 1);
  }

  /** A lock on a file beside: SQLite drops its own when this process closes the database itself. */
  private static FileChannel lock(Path file) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".lock");
    FileChannel channel =
        FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // By this very process.
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new IOException(
        file + " is in use by another server: stop it, or use another data directory");
  }

  /** Before SQLite sees it, for it gives its journal the permissions of the database. */
  private static void ownerOnly(Path file) throws IOException {
    try {
      Files.createFile(file);
    } catch (FileAlreadyExistsException e) {
      // From an earlier run.
    }
    PosixFileAttributeView posix =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (posix != null) {
      posix.setPermissions(PosixFilePermissions.fromString("rw-------"));
    }
  }

  /** Changes something for good. */
  <T> T write(Use<T> change) {
    return write(durable, change);
  }

  /** Changes something that a stop of the machine may undo. */
  <T> T writeRelaxed(Use<T> change) {
    return write(relaxed, change);
  }

  private <T> T write(Session session, Use<T> change) {
    synchronized (writing) {
      return use(session, change);
    }
  }

  /** Looks at something. */
  <T> T read(Use<T> look) {
    // Whoever is interrupted still has to note what became of its work.
    free.acquireUninterruptibly();
    Session session = readers.remove();
    try {
      return use(session, look);
    } finally {
      readers.add(session);
      free.release();
    }
  }

  private <T> T use(Session session, Use<T> use) {
    try {
      return use.with(session);
    } catch (SQLException e) {
      throw new StoreException(file + ": " + e.getMessage(), e);
    }
  }

  /** Closes the connections, then lets others have the file. */
  @Override
  public void close() {
    synchronized (writing) {
      if (closed) {
        return;
      }
      closed = true;
      try (lock) {
        for (Session session : all) {
          session.close();
        }
      } catch (SQLException | IOException e) {
        throw new StoreException(file + " cannot be closed: " + e.getMessage(), e);
      }
    }
  }
}
