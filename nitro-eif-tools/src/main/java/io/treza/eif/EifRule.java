package io.treza.eif;

import java.util.Locale;

/**
 * What an EIF is checked for: AWS's specification (README.md of aws-nitro-enclaves-image-format),
 * what AWS's and QEMU's readers do beyond it, and what the format leaves open.
 */
public enum EifRule {
  VERSION(
      Severity.ERROR,
      "Versions 2, 3 and 4 are public; the hypervisor boots no other.",
      "build the file again"),
  SECTION_COUNT(
      Severity.ERROR, "An EIF has 2 to 32 sections.", "build the file again, with fewer ramdisks"),
  RESERVED_FIELD(
      Severity.WARNING,
      "Reserved fields are zero; a later format may give them a meaning.",
      "build the file again, or find out which tool writes them"),
  TABLE_ROW(
      Severity.WARNING,
      "Rows of the section table beyond the number of sections are zero.",
      "build the file again"),
  SECTION_OUTSIDE(
      Severity.ERROR,
      "A section starts after the header and before the end of the file.",
      "fetch or build the file again; it may have been cut short"),
  SECTION_TRUNCATED(
      Severity.ERROR,
      "A section ends inside the file.",
      "fetch or build the file again; it may have been cut short"),
  SECTION_SIZE(
      Severity.ERROR,
      "Size in the section's header and in the file's table must agree, or the hypervisor refuses"
          + " the file.",
      "treza eif sign writes both; for another section, build the file again"),
  SECTION_TYPE(Severity.ERROR, "Types 1 to 5 are defined; others are refused.", "remove it"),
  SECTION_FLAGS(Severity.ERROR, "Section flags are zero; QEMU refuses others.", "clear them"),
  SECTION_OVERLAP(
      Severity.ERROR,
      "Sections may not overlap: two readers would see two images.",
      "build the file again"),
  SECTION_GAP(
      Severity.ERROR,
      "The hypervisor ignores bytes between sections and boots the file; a reader that walks from section"
          + " to section does not find the next one.",
      "build the file again without them"),
  TABLE_ORDER(
      Severity.ERROR,
      "Readers measure in file order or in table order; they must be the same.",
      "build the file again"),
  TRAILING_DATA(
      Severity.ERROR,
      "Bytes after the last section are in no section; nothing measures them.",
      "cut them off, or fetch the file again"),
  KERNEL_COUNT(
      Severity.ERROR,
      "There is exactly one kernel; the hypervisor boots no file with several.",
      "build the file again with one"),
  CMDLINE_COUNT(
      Severity.ERROR,
      "There is exactly one command line; the hypervisor boots no file with several.",
      "build the file again with one"),
  RAMDISK_COUNT(
      Severity.WARNING, "QEMU, and AWS's init, need at least one ramdisk.", "build with a ramdisk"),
  METADATA_COUNT(
      Severity.ERROR,
      "Version 4 has exactly one metadata section, earlier versions none.",
      "build the file again"),
  SIGNATURE_COUNT(
      Severity.ERROR,
      "From version 3 there is at most one signature section, before that none.",
      "remove the signature and sign again"),
  SIGNATURE_SIZE(
      Severity.ERROR,
      "The hypervisor refuses signature sections over 32768 bytes.",
      "sign with the signing certificate alone, not a chain"),
  RAMDISK_ORDER(Severity.ERROR, "Every ramdisk comes after the kernel.", "build the file again"),
  CRC(
      Severity.ERROR,
      "The CRC-32 of the file without this field; the hypervisor checks it.",
      "fetch the file again; it was damaged or edited"),
  FLAGS(
      Severity.NOTE,
      "Flags beyond the processor are reserved in AWS's specification; QEMU refuses them.",
      "nothing, if the file comes from Bottlerocket's builder"),
  CMDLINE_TEXT(
      Severity.WARNING,
      "The kernel's arguments are one line; it stops at a NUL and keeps a line end as part of the"
          + " last argument.",
      "build the file again with the arguments alone"),
  KERNEL_ARCHITECTURE(
      Severity.ERROR,
      "The processor in the header and the kernel's own must agree for it to boot.",
      "build with a kernel for the processor"),
  KERNEL_FORM(
      Severity.WARNING,
      "The hypervisor boots a bzImage on x86_64 and a raw Image on aarch64.",
      "build with one of these"),
  PCR2_EMPTY(
      Severity.NOTE,
      "With one ramdisk PCR2 measures nothing and is the same constant for every such image.",
      "pin PCR0 or PCR1; PCR2 alone tells nothing"),
  RAMDISK_EMPTY(
      Severity.NOTE, "An empty ramdisk adds nothing.", "nothing, if the builder means it"),
  RAMDISK_NO_ARCHIVE(
      Severity.ERROR,
      "The kernel unpacks newc archives, plain or compressed, and panics on other bytes.",
      "build with a ramdisk made by cpio -H newc"),
  RAMDISK_COMPRESSION(
      Severity.NOTE,
      "Only plain and gzip ramdisks are looked into here.",
      "decompress it to have its files checked"),
  RAMDISK_TRUNCATED(
      Severity.ERROR,
      "The archive ends inside a member; the kernel unpacks what is there and says nothing.",
      "make the ramdisk again"),
  RAMDISK_TRAILER(
      Severity.WARNING,
      "An archive ends with a member called TRAILER!!!; without it hard links of the next ramdisk"
          + " may bind to this one.",
      "make the ramdisk again"),
  RAMDISK_TRAILING_DATA(
      Severity.ERROR,
      "After its trailer a ramdisk has zeros, or another archive.",
      "make the ramdisk again"),
  RAMDISK_MEMBER(Severity.ERROR, "A member's header is malformed.", "make the ramdisk again"),
  RAMDISK_NAME(
      Severity.ERROR,
      "A name that is empty, holds a NUL or climbs with .. is for no good purpose.",
      "make the ramdisk again"),
  RAMDISK_UNALIGNED(
      Severity.WARNING,
      "The hypervisor joins ramdisks without padding and the kernel finds a newc archive at"
          + " multiples of four only, so that it misses the one after this.",
      "pad the ramdisk with zeros"),
  INIT_MISSING(
      Severity.WARNING,
      "The kernel runs /init, or what rdinit= names, and panics if it is missing.",
      "add it to a ramdisk"),
  MODULE_MISSING(
      Severity.WARNING,
      "The init of nitro-cli 2 loads the kernel modules that the file modules_load_order names.",
      "add it to the first ramdisk, or take it off the list"),
  METADATA_JSON(
      Severity.ERROR,
      "Metadata is a JSON object of at most 1 MiB with ImageName, ImageVersion, BuildMetadata,"
          + " DockerInfo and CustomMetadata; nitro-cli describe-eif fails on anything else.",
      "build the file again"),
  METADATA_ENVIRONMENT(
      Severity.NOTE,
      "Metadata is not secret: everyone who has the file reads the environment in it.",
      "check that none of it is confidential"),
  METADATA_SECRET(
      Severity.WARNING,
      "A name like this usually stands for a secret, and everyone who has the file reads it.",
      "revoke the secret, and build without it; let the enclave fetch it once attested"),
  SIGNATURE_FORM(
      Severity.ERROR,
      "The signature section is CBOR as AWS's sign-eif writes it; the hypervisor refuses others.",
      "sign again"),
  SIGNATURE_INVALID(
      Severity.ERROR,
      "The signature is not by the key of the certificate beside it, so the enclave does not boot.",
      "sign again, with the key that belongs to the certificate"),
  SIGNATURE_OTHER_IMAGE(
      Severity.ERROR,
      "The signature is over another PCR0 than this image's; the hypervisor refuses to"
          + " boot it.",
      "sign this image"),
  SIGNATURE_EXTRA(
      Severity.WARNING, "Only the first certificate and signature count.", "sign again"),
  CERTIFICATE_EXTRA(
      Severity.WARNING,
      "PCR8 measures the first certificate of the PEM file; the others are ignored.",
      "sign with the signing certificate alone"),
  CERTIFICATE_EXPIRED(
      Severity.ERROR,
      "nitro-cli run-enclave refuses a certificate outside its period of validity.",
      "sign again with a certificate that is valid");

  /** How much a finding matters. */
  public enum Severity {
    /** The file does not boot everywhere, or two readers see two files. */
    ERROR,
    /** It works, and probably not as meant. */
    WARNING,
    /** Worth knowing. */
    NOTE
  }

  private final Severity severity;
  private final String why;
  private final String remedy;

  EifRule(Severity severity, String why, String remedy) {
    this.severity = severity;
    this.why = why;
    this.remedy = remedy;
  }

  /** A name that does not change, such as {@code section-gap}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public Severity severity() {
    return severity;
  }

  /** The rule, and what a file that breaks it does. */
  public String why() {
    return why;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
