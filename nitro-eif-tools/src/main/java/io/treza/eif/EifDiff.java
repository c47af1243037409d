package io.treza.eif;

import io.treza.eif.EifDifference.Aspect;
import io.treza.image.Content;
import io.treza.image.FilePath;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says how two EIFs differ, down to the file in a ramdisk, and which registers that changes. */
public final class EifDiff {
  private static final ImageLimits LIMITS = ImageLimits.defaults();

  private final EifFile before;
  private final EifFile after;
  private final List<EifDifference> differences = new ArrayList<>();

  private EifDiff(EifFile before, EifFile after) {
    this.before = before;
    this.after = after;
  }

  /**
   * Every difference, in the order of the sections; none if the files are the same image, byte for
   * byte. Sections are paired by name; ramdisks so that one more or less leaves the others paired.
   *
   * @throws IOException if a file cannot be read
   */
  public static List<EifDifference> between(EifFile before, EifFile after) throws IOException {
    EifDiff diff = new EifDiff(before, after);
    diff.header();
    diff.boundaries();
    for (SectionPair pair : SectionPair.of(before, after)) {
      diff.section(pair);
    }
    return List.copyOf(diff.differences);
  }

  private void add(String section, Aspect aspect, String one, String other) {
    add(section, Optional.empty(), aspect, one, other);
  }

  private void add(
      String section, Optional<FilePath> file, Aspect aspect, String one, String other) {
    differences.add(new EifDifference(section, file, aspect, one, other, registers(section)));
  }

  /** Registers that cover a section and have other values in the two images. */
  private List<Integer> registers(String section) {
    return switch (section) {
      case "kernel", "cmdline", "ramdisk 0" -> changed(0, 1);
      case "signature" -> changed(8);
      case "image" -> changed(0, 1, 2);
      default -> section.startsWith("ramdisk") ? changed(0, 2) : List.of();
    };
  }

  private List<Integer> changed(int... registers) {
    List<Integer> changed = new ArrayList<>();
    for (int register : registers) {
      if (!value(before, register).equals(value(after, register))) {
        changed.add(register);
      }
    }
    return changed;
  }

  private static Optional<String> value(EifFile eif, int register) {
    return eif.measurements().flatMap(m -> switch (register) {
      case 0 -> Optional.of(m.pcr0());
      case 1 -> Optional.of(m.pcr1());
      case 2 -> Optional.of(m.pcr2());
      default -> m.pcr8();
    });
  }

  private void header() {
    EifHeader one = before.header();
    EifHeader other = after.header();
    field("version", one.version(), other.version());
    field("flags", one.flags(), other.flags());
    field("default memory", one.defaultMemory(), other.defaultMemory());
    field("default CPUs", one.defaultCpus(), other.defaultCpus());
  }

  private void field(String name, long one, long other) {
    if (one != other) {
      add("header", Aspect.FIELD, name + " " + one, name + " " + other);
    }
  }

  /** The ambiguity of PCR0: it does not cover where one section ends and the next begins. */
  private void boundaries() {
    String one = measuredSizes(before);
    String other = measuredSizes(after);
    boolean sameBytes = value(before, 0).isPresent() && value(before, 0).equals(value(after, 0));
    if (sameBytes && !one.equals(other)) {
      add("image", Aspect.BOUNDARIES, one, other);
    }
  }

  private static String measuredSizes(EifFile eif) {
    StringBuilder sizes = new StringBuilder();
    for (EifSection section : eif.sections()) {
      if (section.type().isMeasured()) {
        sizes
            .append(sizes.isEmpty() ? "" : ", ")
            .append(section.name())
            .append(' ')
            .append(section.size());
      }
    }
    return sizes.toString();
  }

  private void section(SectionPair pair) throws IOException {
    String name = pair.name();
    Optional<EifSection> one = pair.before();
    Optional<EifSection> other = pair.after();
    if (one.isEmpty() || other.isEmpty()) {
      // Another first ramdisk also moves the one that was first to where PCR2 covers it.
      List<Integer> registers = name.equals("ramdisk 0") ? changed(0, 1, 2) : registers(name);
      differences.add(new EifDifference(
          name, Optional.empty(), Aspect.PRESENCE, size(one), size(other), registers));
      return;
    }
    Content oneContent = before.content(one.get());
    Content otherContent = after.content(other.get());
    long mismatch = SectionPair.mismatch(oneContent, otherContent);
    if (mismatch < 0) {
      return;
    }
    int found = differences.size();
    if (one.get().type() == EifSection.Type.RAMDISK) {
      Optional<Map<FilePath, RamdiskEntry>> files = files(name, oneContent);
      Optional<Map<FilePath, RamdiskEntry>> otherFiles = files(name, otherContent);
      if (files.isPresent() && otherFiles.isPresent()) {
        files(name, files.get(), otherFiles.get());
        if (differences.size() == found) {
          add(name, Aspect.ARCHIVE, size(one), size(other));
        }
        return;
      }
    }
    if (one.get().type() == EifSection.Type.CMDLINE
        || one.get().type() == EifSection.Type.METADATA) {
      add(name, Aspect.FIELD, text(oneContent, mismatch), text(otherContent, mismatch));
    } else {
      add(name, Aspect.BYTES, size(one) + ", first at " + mismatch, size(other));
    }
  }

  private static String size(Optional<EifSection> section) {
    return section.map(s -> s.size() + " bytes").orElse("");
  }

  /** Up to 200 characters around the first difference. */
  private static String text(Content content, long mismatch) throws IOException {
    long from = Math.max(0, mismatch - 40);
    try (InputStream in = content.open()) {
      in.skipNBytes(Math.min(from, content.size()));
      String text = new String(in.readNBytes(200), StandardCharsets.UTF_8);
      return (from > 0 ? "..." : "") + text.replaceAll("\\p{Cntrl}", "?");
    }
  }

  /** The files of a ramdisk by path, the last of a name as in Linux; nothing if it has none. */
  private static Optional<Map<FilePath, RamdiskEntry>> files(String name, Content content)
      throws IOException {
    Map<FilePath, RamdiskEntry> files = new TreeMap<>();
    try {
      Ramdisk.of(name, content, LIMITS).entries().forEach(e -> files.put(unpacked(e.path()), e));
    } catch (EifException e) {
      return Optional.empty();
    }
    return Optional.of(files);
  }

  /** Where Linux unpacks a member: linuxkit writes some directories with a slash at the end. */
  private static FilePath unpacked(FilePath name) {
    return new FilePath(name.latin1().replaceFirst("/+$", ""));
  }

  private void files(
      String section, Map<FilePath, RamdiskEntry> one, Map<FilePath, RamdiskEntry> other) {
    Set<FilePath> paths = new TreeSet<>(one.keySet());
    paths.addAll(other.keySet());
    for (FilePath path : paths) {
      RamdiskEntry a = one.get(path);
      RamdiskEntry b = other.get(path);
      if (a == null || b == null) {
        add(section, Optional.of(path), Aspect.PRESENCE, shown(a), shown(b));
      } else {
        compare(section, Aspect.KIND, a, b, RamdiskEntry::kind);
        compare(section, Aspect.MODE, a, b, e -> Integer.toOctalString(e.owner().permissions()));
        compare(
            section, Aspect.OWNER, a, b, e -> e.owner().uid() + ":" + e.owner().gid());
        compare(section, Aspect.TIME, a, b, RamdiskEntry::mtime);
        compare(section, Aspect.LINKS, a, b, RamdiskEntry::links);
        boolean link = a.kind() == RamdiskEntry.Kind.LINK;
        compare(section, link ? Aspect.TARGET : Aspect.CONTENT, a, b, RamdiskEntry::content);
      }
    }
  }

  private static String shown(@Nullable RamdiskEntry entry) {
    return entry == null ? "" : entry.kind().letter() + " " + entry.size() + " bytes";
  }

  private void compare(
      String section,
      Aspect aspect,
      RamdiskEntry one,
      RamdiskEntry other,
      Function<RamdiskEntry, Object> property) {
    Object a = property.apply(one);
    Object b = property.apply(other);
    if (!Objects.equals(a, b)) {
      add(section, Optional.of(unpacked(one.path())), aspect, String.valueOf(a), String.valueOf(b));
    }
  }
}
