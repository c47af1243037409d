package io.treza.audit.internal.image;

import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What the package database of an image lists.
 *
 * @param format such as {@code dpkg}
 * @param place the file or directory it is in
 * @param names of the packages installed; empty if the format is not read
 * @param known whether {@code names} are all of them
 */
record Packages(String format, String place, NavigableSet<String> names, boolean known) {
  /** What chisel lists the slices in that it cut. */
  static final String CHISEL = "var/lib/chisel/manifest.wall";

  private static final int LARGEST = 16 << 20;
  private static final String STATUS = "var/lib/dpkg/status";
  private static final String STATUS_DIRECTORY = "var/lib/dpkg/status.d";
  private static final String MANIFEST = "var/lib/rpmmanifest/container-manifest-2";
  private static final String[] APK = {
    "lib/apk/db/installed", "usr/lib/apk/db/installed", "var/lib/apk/db/installed"
  };
  private static final String[] RPM = {
    "var/lib/rpm/Packages",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/share/rpm/rpmdb.sqlite"
  };

  /** What is needed of an image to find its packages. */
  static int interest(String path) {
    boolean wanted = path.equals(STATUS)
        || path.startsWith(STATUS_DIRECTORY + "/")
        || path.endsWith("lib/apk/db/installed")
        || path.equals(MANIFEST);
    return wanted ? LARGEST : 0;
  }

  /** The database of an image, in the order in which they tell most. */
  static Optional<Packages> find(FileTree root) {
    if (root.follow(STATUS).isPresent()) {
      return Optional.of(read(root, "dpkg", STATUS));
    }
    Optional<SurveyedFile> directory = root.follow(STATUS_DIRECTORY);
    if (directory.isPresent()) {
      NavigableSet<String> names = new TreeSet<>();
      boolean known = true;
      for (SurveyedFile file : root.below(directory.get().path().toString())) {
        if (file.regular() && !file.path().latin1().endsWith(".md5sums")) {
          known &= file.facts().start().isPresent();
          dpkg(Kept.text(file), names);
        }
      }
      return Optional.of(new Packages("dpkg", STATUS_DIRECTORY, names, known));
    }
    for (String place : APK) {
      if (root.follow(place).isPresent()) {
        return Optional.of(read(root, "apk", place));
      }
    }
    if (root.follow(MANIFEST).isPresent()) {
      return Optional.of(read(root, "rpm", MANIFEST));
    }
    for (String place : RPM) {
      if (root.follow(place).isPresent()) {
        return Optional.of(new Packages("rpm", place, new TreeSet<>(), false));
      }
    }
    return chisel(root).or(() -> pacman(root));
  }

  private static Packages read(FileTree root, String format, String place) {
    NavigableSet<String> names = new TreeSet<>();
    Optional<SurveyedFile> file = root.follow(place);
    String text = file.map(Kept::text).orElse("");
    switch (format) {
      case "dpkg" -> dpkg(text, names);
      case "apk" ->
        text.lines().filter(l -> l.startsWith("P:")).map(l -> l.substring(2)).forEach(names::add);
      default ->
        text.lines().map(l -> l.split("\t", 2)[0]).filter(l -> !l.isBlank()).forEach(names::add);
    }
    return new Packages(format, place, names, file.filter(Kept::whole).isPresent());
  }

  /** Paragraphs of fields (deb-control(5)); one that is not installed is not counted. */
  private static void dpkg(String text, NavigableSet<String> names) {
    for (String paragraph : text.split("\n\n+")) {
      String name = field(paragraph, "Package: ");
      String status = field(paragraph, "Status: ");
      if (!name.isEmpty() && (status.isEmpty() || status.endsWith(" installed"))) {
        names.add(name);
      }
    }
  }

  private static String field(String paragraph, String key) {
    return paragraph
        .lines()
        .filter(l -> l.startsWith(key))
        .map(l -> l.substring(key.length()).strip())
        .findFirst()
        .orElse("");
  }

  private static Optional<Packages> chisel(FileTree root) {
    return root.follow(CHISEL).map(f -> new Packages("chisel", CHISEL, new TreeSet<>(), false));
  }

  private static Optional<Packages> pacman(FileTree root) {
    String place = "var/lib/pacman/local";
    if (root.follow(place).isEmpty()) {
      return Optional.empty();
    }
    NavigableSet<String> names = new TreeSet<>();
    for (SurveyedFile file : root.below(place)) {
      String name = file.path().toString().substring(place.length() + 1);
      if (file.directory() && !name.contains("/")) {
        names.add(name.replaceFirst("-[^-]+-[^-]+$", ""));
      }
    }
    return Optional.of(new Packages("pacman", place, names, true));
  }

  /** How many there are, in words. */
  String count() {
    if (known) {
      return names.size() + (names.size() == 1 ? " package" : " packages");
    }
    return names.isEmpty()
        ? "packages of unknown number (" + format + ")"
        : "at least " + names.size() + " packages";
  }
}
