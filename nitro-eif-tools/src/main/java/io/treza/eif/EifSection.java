package io.treza.eif;

import io.treza.eif.internal.EifLayout;
import java.util.Arrays;

/**
 * Where one section of an EIF lies, as its own header says.
 *
 * @param name {@code kernel}, {@code cmdline}, {@code metadata}, {@code signature}, or {@code
 *     ramdisk 0} and so on, in file order
 * @param type what it holds
 * @param offset of its 12-byte header in the file
 * @param size bytes of data after that header, cut where the file ends
 * @param tableSize bytes of data as the file's header states them; another number than {@code size}
 *     is a {@link EifRule#SECTION_SIZE} violation
 */
public record EifSection(String name, Type type, long offset, long size, long tableSize) {
  /** What a section holds. */
  public enum Type {
    /** Any number the format does not define. */
    UNKNOWN(0),
    KERNEL(1),
    CMDLINE(2),
    RAMDISK(3),
    /** From version 3. */
    SIGNATURE(4),
    /** From version 4. */
    METADATA(5);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    /** The number in the section's header. */
    public int number() {
      return number;
    }

    /** The type of this number. */
    public static Type of(int number) {
      return Arrays.stream(values()).filter(t -> t.number == number).findFirst().orElse(UNKNOWN);
    }

    /** Whether PCR0 covers sections of this type. */
    public boolean isMeasured() {
      return this == KERNEL || this == CMDLINE || this == RAMDISK;
    }
  }

  /** Offset of the first byte of data in the file. */
  public long dataOffset() {
    return offset + EifLayout.SECTION_HEADER_BYTES;
  }
}
