package io.treza.eif;

import io.treza.eif.internal.EifWriter;
import io.treza.image.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Assembles kernel, command line, metadata and ramdisks into an EIF of version 4.
 *
 * <p>Nothing here looks inside the parts. They are read when {@link #write} or {@link #measure}
 * runs, and never held in memory.
 */
public final class EifBuilder {
  /** 32 section table rows, less kernel, command line, metadata and a later signature. */
  private static final int MAX_RAMDISKS = 28;

  private final Architecture architecture;
  private final Content kernel;
  private final Content cmdline;
  private final List<Content> ramdisks = new ArrayList<>();
  private Optional<EifMetadata> metadata = Optional.empty();
  private Optional<EifSigner> signer = Optional.empty();

  private EifBuilder(Architecture architecture, Content kernel, Content cmdline) {
    this.architecture = architecture;
    this.kernel = kernel;
    this.cmdline = cmdline;
  }

  /**
   * Starts an EIF.
   *
   * @param kernel a bzImage (x86_64) or raw Image (aarch64)
   * @param cmdline the kernel's arguments, on one line without its end
   * @throws IllegalArgumentException if {@code cmdline} holds a NUL or a line end
   * @throws IOException if {@code kernel} cannot be read
   */
  public static EifBuilder of(Architecture architecture, Path kernel, String cmdline)
      throws IOException {
    int bad = 0;
    while (bad < cmdline.length() && "\0\n\r".indexOf(cmdline.charAt(bad)) < 0) {
      bad++;
    }
    if (bad < cmdline.length()) {
      throw new IllegalArgumentException(
          "kernel command line: NUL or line end at character " + bad + "; remove it");
    }
    return new EifBuilder(
        architecture, Content.of(kernel), Content.of(cmdline.getBytes(StandardCharsets.UTF_8)));
  }

  /** Sets the mandatory metadata. */
  public EifBuilder metadata(EifMetadata metadata) {
    this.metadata = Optional.of(metadata);
    return this;
  }

  /**
   * Appends a ramdisk, possibly empty. The hypervisor concatenates all of them without padding, so
   * an uncompressed one should be a multiple of four bytes long.
   *
   * @throws IllegalArgumentException if there are 28 already
   * @throws IOException if {@code ramdisk} cannot be read
   */
  public EifBuilder addRamdisk(Path ramdisk) throws IOException {
    return addRamdisk(Content.of(ramdisk));
  }

  /** Appends a ramdisk that need not be a file. */
  EifBuilder addRamdisk(Content ramdisk) {
    if (ramdisks.size() == MAX_RAMDISKS) {
      throw new IllegalArgumentException(
          ramdisk + ": an EIF has room for " + MAX_RAMDISKS + " ramdisks; concatenate some");
    }
    ramdisks.add(ramdisk);
    return this;
  }

  /**
   * Has the EIF signed, which takes a second pass over the parts. The metadata's place in the file,
   * before the ramdisks, is where AWS's builders have it; the signature comes last.
   */
  public EifBuilder signer(EifSigner signer) {
    this.signer = Optional.of(signer);
    return this;
  }

  /**
   * Writes the EIF, replacing {@code target} in one step once it is complete.
   *
   * @throws IllegalStateException if metadata or every ramdisk is missing
   * @throws EifException if it cannot be signed
   * @throws IOException if a part changes or cannot be read, or the file cannot be written; {@code
   *     target} is then as it was
   */
  public EifMeasurements write(Path target) throws IOException {
    EifWriter writer = writer();
    return signer.isPresent()
        ? signer.get().write(writer, writer.measure(), target)
        : writer.write(target, measured -> {});
  }

  /**
   * Computes what {@link #write} would return, by the same pass over the parts, writing nothing.
   *
   * @throws IllegalStateException if metadata or every ramdisk is missing
   * @throws IOException if a part changes or cannot be read
   */
  public EifMeasurements measure() throws IOException {
    EifMeasurements unsigned = writer().measure();
    return signer.map(s -> s.measured(unsigned)).orElse(unsigned);
  }

  private EifWriter writer() {
    if (ramdisks.isEmpty()) {
      throw new IllegalStateException("an EIF needs at least one ramdisk; call addRamdisk");
    }
    EifMetadata present = metadata.orElseThrow(
        () -> new IllegalStateException("EIF version 4 needs metadata; call metadata"));
    List<EifWriter.Section> sections = new ArrayList<>();
    sections.add(new EifWriter.Section(EifSection.Type.KERNEL, kernel));
    sections.add(new EifWriter.Section(EifSection.Type.CMDLINE, cmdline));
    sections.add(new EifWriter.Section(
        EifSection.Type.METADATA, Content.of(present.toJson().getBytes(StandardCharsets.UTF_8))));
    for (Content ramdisk : ramdisks) {
      sections.add(new EifWriter.Section(EifSection.Type.RAMDISK, ramdisk));
    }
    return new EifWriter(EifHeader.of(architecture), sections);
  }
}
