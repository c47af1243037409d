package io.treza.platform.internal.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory of one enclave's sockets that only this user can enter. */
record SocketDirectory(Path path) implements AutoCloseable {
  /** A socket's path, its final zero included, must fit into 108 bytes (unix(7)). */
  private static final int LONGEST = 107;

  /** The longest name: what a guest reaches on its parent's port appends {@code _} and the port. */
  private static final String LONGEST_NAME = "vm_4294967295";

  static SocketDirectory create(Path parent) throws IOException {
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
  Path daemon() {
    return path.resolve("daemon");
  }

  /** Where the daemon waits for connections to the guest's ports. */
  Path vsock() {
    return path.resolve("vm");
  }

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
