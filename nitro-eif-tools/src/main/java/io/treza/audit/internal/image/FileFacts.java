package io.treza.audit.internal.image;

import io.treza.audit.internal.elf.Elf;
import java.util.Optional;

/**
 * What the pass over a layer kept of one member.
 *
 * @param layer {@code sha256:} diff id of the layer; empty for a directory that no layer has and
 *     the names of others imply
 * @param start the first bytes of a regular file, for which somebody asked; empty where nobody did,
 *     or there was no room
 * @param elf what its headers say, if it is an ELF file
 */
public record FileFacts(String layer, Optional<Start> start, Optional<Elf> elf) {
  /** Bytes of the start of a program: as many as Linux looks at to tell how to run it. */
  public static final int START = 256;

  /** Of a directory that is only implied. */
  static final FileFacts IMPLIED = new FileFacts("", Optional.empty(), Optional.empty());

  /**
   * The first bytes of a file.
   *
   * @param bytes not to be changed
   * @param whole whether they are all there are
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity; copies would cost
  public record Start(byte[] bytes, boolean whole) {}
}
