package io.treza.eif;

import io.treza.image.FilePath;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One way in which two EIFs differ.
 *
 * @param section the section's name, {@code header} or {@code image} for what is of neither
 * @param file inside a ramdisk
 * @param aspect what differs
 * @param before as the first EIF has it; empty if it has nothing there
 * @param after as the second EIF has it; empty if it has nothing there
 * @param registers the PCRs that cover the place and have different values in the two
 */
public record EifDifference(
    String section,
    Optional<FilePath> file,
    Aspect aspect,
    String before,
    String after,
    List<Integer> registers) {
  /** What differs. */
  public enum Aspect {
    /** A field of the header or of the metadata; the place is in the values. */
    FIELD,
    /** There in only one of the two. */
    PRESENCE,
    /** The measured bytes are the same and divided into sections in another way. */
    BOUNDARIES,
    /** Bytes of a section that is not looked into. */
    BYTES,
    /** Bytes of an archive whose files are the same: their order, inodes or padding. */
    ARCHIVE,
    KIND,
    MODE,
    OWNER,
    TIME,
    /** Content of a file, by SHA-256, or number of a device. */
    CONTENT,
    /** Where a symbolic link leads. */
    TARGET,
    /** How many names a file has. */
    LINKS
  }

  /** One line. */
  @Override
  public String toString() {
    String moved = registers.stream().map(r -> "PCR" + r).collect(Collectors.joining(", "));
    return section
        + file.map(f -> ": " + f).orElse("")
        + ": " + aspect.name().toLowerCase(Locale.ROOT)
        + ": " + (before.isEmpty() ? "(none)" : before)
        + " -> " + (after.isEmpty() ? "(none)" : after)
        + (moved.isEmpty() ? "" : " [" + moved + "]");
  }
}
