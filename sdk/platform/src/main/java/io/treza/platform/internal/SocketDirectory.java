package io.treza.platform.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory of one enclave's sockets that only this user can enter. */
public record SocketDirectory(Path path) implements AutoCloseable {
  /** A socket's path, its final zero included, must fit into 108 bytes (unix(7)). */
  private static final int LONGEST = 107;

  /** The longest name: what a guest reaches on its parent's port appends {@code _} and the port. */
  private static final String LONGEST_NAME = "vm_4294967295";

  /**
   * Makes one.
   *
   * @param parent with no comma in its path, and so short that the sockets' are not too long
   */
  public static SocketDirectory create(Path parent) throws IOException {
    if (parent.toString().contains(",")) { // which ends an option of QEMU and of the daemon
      throw new IOException(
          parent + ": has a comma, so sockets cannot be in it; set java.io.tmpdir to another");
    }
    SocketDirectory created = new SocketDirectory(Files.createTempDirectory(
        parent,
        "treza-",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
    int length =
        created.path.resolve(LONGEST_NAME).toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST) {
      created.close();
      throw new IOException(parent + ": too long for sockets, whose paths are of " + LONGEST
          + " bytes at most, and here would be of " + length
          + "; set java.io.tmpdir to a shorter one");
    }
    return created;
  }

  /** Where the daemon waits for QEMU. */
  public Path daemon() {
    return path.resolve("daemon");
  }

  /** Where connections to the guest's ports are waited for. */
  public Path vsock() {
    return path.resolve("vm");
  }

  /** Removes it with all sockets in it. Does nothing the second time. */
  @Override
  public void close() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(path)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      Files.deleteIfExists(file);
    }
  }
}
