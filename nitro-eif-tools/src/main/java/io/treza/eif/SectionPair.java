package io.treza.eif;

import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Two sections to compare, or one that the other file has nothing for.
 *
 * <p>Sections are paired by name, but ramdisks so that one more or less does not shift the rest: the
 * most that are the same, in order; and between these first with first, second with second.
 */
record SectionPair(Optional<EifSection> before, Optional<EifSection> after) {
  private static final int BUFFER = 1 << 16;

  /** Every section of either file, in the order of the files. */
  static List<SectionPair> of(EifFile before, EifFile after) throws IOException {
    List<EifSection> all = new ArrayList<>(before.sections());
    all.addAll(after.sections());
    Set<String> seen = new LinkedHashSet<>();
    List<SectionPair> pairs = new ArrayList<>();
    for (EifSection section : all) {
      boolean ramdisk = section.type() == EifSection.Type.RAMDISK;
      if (seen.add(ramdisk ? "ramdisks" : section.name())) {
        if (ramdisk) {
          pairs.addAll(ramdisks(before, after));
        } else {
          pairs.add(new SectionPair(find(before, section.name()), find(after, section.name())));
        }
      }
    }
    return pairs;
  }

  /** What to call both. */
  String name() {
    String one = before.map(EifSection::name).orElse("");
    String other = after.map(EifSection::name).orElse(one);
    return one.isEmpty() || one.equals(other) ? other : one + " -> " + other;
  }

  private static Optional<EifSection> find(EifFile eif, String name) {
    return eif.sections().stream().filter(s -> s.name().equals(name)).findFirst();
  }

  private static List<SectionPair> ramdisks(EifFile before, EifFile after) throws IOException {
    List<EifSection> ones = ramdisks(before);
    List<EifSection> others = ramdisks(after);
    boolean[][] same = new boolean[ones.size()][others.size()];
    for (int i = 0; i < ones.size(); i++) {
      for (int j = 0; j < others.size(); j++) {
        same[i][j] = ones.get(i).size() == others.get(j).size()
            && mismatch(before.content(ones.get(i)), after.content(others.get(j))) < 0;
      }
    }
    // Most that are the same from i and j on: the longest common subsequence.
    int[][] most = new int[ones.size() + 1][others.size() + 1];
    for (int i = ones.size() - 1; i >= 0; i--) {
      for (int j = others.size() - 1; j >= 0; j--) {
        most[i][j] = same[i][j] ? most[i + 1][j + 1] + 1 : Math.max(most[i + 1][j], most[i][j + 1]);
      }
    }
    List<SectionPair> pairs = new ArrayList<>();
    List<EifSection> left = new ArrayList<>();
    List<EifSection> right = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < ones.size() || j < others.size()) {
      if (i < ones.size() && j < others.size() && same[i][j]) {
        pairInOrder(left, right, pairs);
        pairs.add(new SectionPair(Optional.of(ones.get(i++)), Optional.of(others.get(j++))));
      } else if (i < ones.size() && (j == others.size() || most[i + 1][j] >= most[i][j + 1])) {
        left.add(ones.get(i++));
      } else {
        right.add(others.get(j++));
      }
    }
    pairInOrder(left, right, pairs);
    return pairs;
  }

  private static void pairInOrder(
      List<EifSection> left, List<EifSection> right, List<SectionPair> pairs) {
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      pairs.add(new SectionPair(at(left, i), at(right, i)));
    }
    left.clear();
    right.clear();
  }

  private static Optional<EifSection> at(List<EifSection> sections, int index) {
    return index < sections.size() ? Optional.of(sections.get(index)) : Optional.empty();
  }

  private static List<EifSection> ramdisks(EifFile eif) {
    return eif.sections().stream()
        .filter(s -> s.type() == EifSection.Type.RAMDISK)
        .toList();
  }

  /** Offset of the first byte that differs, or -1. */
  static long mismatch(Content one, Content other) throws IOException {
    try (InputStream a = one.open();
        InputStream b = other.open()) {
      long offset = 0;
      while (true) {
        byte[] x = a.readNBytes(BUFFER);
        int at = Arrays.mismatch(x, b.readNBytes(BUFFER));
        if (at >= 0) {
          return offset + at;
        } else if (x.length == 0) {
          return -1;
        }
        offset += x.length;
      }
    }
  }
}
