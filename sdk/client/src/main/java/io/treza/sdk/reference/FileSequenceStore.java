package io.treza.sdk.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.treza.attestation.reference.SequenceStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sequence numbers in a file, for all processes of one machine: it survives restarts and crashes.
 *
 * <p>Each line is a number, a space and an application's name. The file is replaced whole, on disk
 * before it counts. Beside it stands a file of the same name with {@code .lock}, which says nothing.
 * A file that cannot be read makes every answer an error; to delete it is to forget what it says.
 */
public final class FileSequenceStore implements SequenceStore {
  private static final Pattern LINE = Pattern.compile("([0-9]{1,16}) (.+)");
  private static final int LOCK_ATTEMPTS = 1000;
  private static final long PAUSE_MILLIS = 10;

  private final Path file;
  private final Path lockFile;

  /** A store in {@code file}, which need not exist yet; its directory must. */
  public FileSequenceStore(Path file) {
    this.file = file.toAbsolutePath();
    this.lockFile = this.file.resolveSibling(this.file.getFileName() + ".lock");
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the file cannot be read, locked or replaced
   */
  @Override
  public long raise(String application, long sequence) {
    // To close the channel is to release the lock.
    try (FileChannel channel = FileChannel.open(lockFile, CREATE, WRITE)) {
      lock(channel);
      SortedMap<String, Long> highest = read();
      long known = highest.getOrDefault(application, -1L);
      if (sequence <= known) {
        return known;
      }
      highest.put(application, sequence);
      write(highest);
      return sequence;
    } catch (IOException e) {
      throw new UncheckedIOException("sequence store: " + e.getMessage(), e);
    }
  }

  /** A lock is one process's: a second try of the same one is told so by an exception. */
  private void lock(FileChannel channel) throws IOException {
    for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
      try {
        if (channel.tryLock() != null) {
          return;
        }
      } catch (OverlappingFileLockException e) {
        // Another thread has it, as another process would.
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
    }
    throw new IOException(lockFile + " stayed locked; find out which process holds it");
  }

  private SortedMap<String, Long> read() throws IOException {
    SortedMap<String, Long> highest = new TreeMap<>();
    try {
      int number = 0;
      for (String line : Files.readAllLines(file, UTF_8)) {
        number++;
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()
            || highest.put(parts.group(2), Long.parseLong(parts.group(1))) != null) {
          throw new IOException(file + " line " + number
              + ": expected a number and an application, each once; restore the file");
        }
      }
    } catch (NoSuchFileException e) {
      // The first time.
    }
    return highest;
  }

  private void write(SortedMap<String, Long> highest) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, Long> entry : highest.entrySet()) {
      lines.append(entry.getValue()).append(' ').append(entry.getKey()).append('\n');
    }
    Path partial = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel out = FileChannel.open(partial, CREATE_NEW, WRITE)) {
        ByteBuffer bytes = UTF_8.encode(lines.toString());
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
    flushDirectory();
  }

  /** Where the system lets one, so that the new name outlasts a loss of power as well. */
  private void flushDirectory() {
    try (FileChannel directory = FileChannel.open(file.resolveSibling("."), READ)) {
      directory.force(true);
    } catch (IOException e) {
      // Windows opens no directories, and orders its writes by itself.
    }
  }
}
