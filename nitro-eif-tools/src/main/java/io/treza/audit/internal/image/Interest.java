package io.treza.audit.internal.image;

import io.treza.image.internal.TarMember;

/**
 * Which files a check wants to see the start of, in every layer.
 *
 * <p>Of what is asked for without any interest: of every file that may be run the first {@link
 * FileFacts#START} bytes, and of every ELF file what its headers say.
 */
@FunctionalInterface
public interface Interest {
  /**
   * How many bytes to keep from the start of a regular file; 0 for none. Of several interests the
   * largest counts, and what all files together keep is bounded.
   *
   * @param path from the root, without a leading slash, each byte a char (ISO-8859-1)
   * @param member what the layer's archive says of it
   */
  int bytes(String path, TarMember member);
}
