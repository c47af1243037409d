package io.treza.eif.internal;

/** Where the fields of an EIF's header lie, in bytes from its start; all are big-endian. */
public final class EifLayout {
  /** Bytes before the first section. */
  public static final int HEADER_BYTES = 548;

  /** Bytes of a section's own header: type, flags, size of its data. */
  public static final int SECTION_HEADER_BYTES = 12;

  /** Rows of the section table. */
  public static final int MAX_SECTIONS = 32;

  /** Most bytes of a signature section that the hypervisor takes. */
  public static final int MAX_SIGNATURE_BYTES = 32768;

  static final int MAGIC = 0x2e656966; // ".eif"
  static final int VERSION = 4;
  static final int FLAGS = 6;
  static final int MEMORY = 8;
  static final int CPUS = 16;
  static final int RESERVED = 24;
  static final int COUNT = 26;
  static final int OFFSETS = 28;
  static final int SIZES = OFFSETS + MAX_SECTIONS * Long.BYTES;
  static final int UNUSED = SIZES + MAX_SECTIONS * Long.BYTES;
  static final int CRC = UNUSED + Integer.BYTES;

  private EifLayout() {}
}
