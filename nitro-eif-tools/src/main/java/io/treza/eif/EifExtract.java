package io.treza.eif;

import io.treza.eif.internal.AtomicDirectory;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Unpacks an EIF into a new directory: one file a section, and a directory a ramdisk. */
public final class EifExtract {
  private EifExtract() {}

  /**
   * Writes each section to a file of its name, {@code ramdisk-0} for {@code ramdisk 0}; a second
   * section of one name gets its offset appended. The directory appears whole or not at all.
   *
   * @param target which must not exist
   * @throws IOException if the EIF cannot be read or the files not be written
   */
  public static void sections(EifFile eif, Path target) throws IOException {
    AtomicDirectory.write(target, directory -> write(eif, directory));
  }

  /**
   * Writes what {@link #sections} does, and unpacks each ramdisk into a directory, {@code
   * ramdisk-0.files} for {@code ramdisk 0}.
   *
   * @param target which must not exist
   * @param limits for each ramdisk
   * @return what was left out, as {@link Ramdisk#extract} says
   * @throws EifException where a ramdisk is malformed, over a limit, or would write outside
   * @throws IOException if the EIF cannot be read or the files not be written
   */
  public static List<RamdiskEntry> files(EifFile eif, Path target, ImageLimits limits)
      throws IOException {
    return AtomicDirectory.write(target, directory -> {
      write(eif, directory);
      List<RamdiskEntry> leftOut = new ArrayList<>();
      for (EifSection section : eif.sections()) {
        if (section.type() == EifSection.Type.RAMDISK && section.size() > 0) {
          Path files = directory.resolve(fileName(section) + ".files");
          leftOut.addAll(Ramdisk.of(eif, section, limits).extract(files));
        }
      }
      return leftOut;
    });
  }

  private static int write(EifFile eif, Path directory) throws IOException {
    for (EifSection section : eif.sections()) {
      Path file = directory.resolve(fileName(section));
      if (Files.exists(file)) {
        file = directory.resolve(fileName(section) + "-at-" + section.offset());
      }
      try (InputStream in = eif.content(section).open()) {
        Files.copy(in, file);
      }
    }
    return eif.sections().size();
  }

  private static String fileName(EifSection section) {
    return section.name().replace(' ', '-');
  }
}
