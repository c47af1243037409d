package io.treza.audit.internal.image;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What an image's {@code os-release} says (os-release(5)), or for want of one the file with a line
 * of text that Alpine and Red Hat's family had before it.
 *
 * @param place the file
 */
record OsRelease(String place, Map<String, String> values) {
  private static final List<String> PLACES = List.of("etc/os-release", "usr/lib/os-release");

  // The id each stands for.
  private static final Map<String, String> OLDER =
      Map.of("etc/alpine-release", "alpine", "etc/redhat-release", "rhel");

  /** The file, links followed inside the image. */
  static Optional<OsRelease> find(FileTree root) {
    for (String place : PLACES) {
      Optional<SurveyedFile> file = root.follow(place).filter(SurveyedFile::regular);
      if (file.isPresent()) {
        return Optional.of(new OsRelease(place, parse(Kept.text(file.get()))));
      }
    }
    return OLDER.keySet().stream()
        .filter(place -> root.follow(place).filter(SurveyedFile::regular).isPresent())
        .sorted()
        .findFirst()
        .map(place -> older(place, Kept.text(root.follow(place).orElseThrow())));
  }

  /** Such as {@code 3.10.4}, or {@code CentOS release 6.10 (Final)}. */
  private static OsRelease older(String place, String text) {
    String id = OLDER.getOrDefault(place, "");
    String line = text.lines().map(String::strip).findFirst().orElse("");
    String name = id.equals("alpine") ? "Alpine Linux " + line : line;
    return new OsRelease(place, Map.of("ID", id, "NAME", name));
  }

  /** Bytes to keep. */
  static int interest(String path) {
    // Distributions link from one to a third, such as usr/lib/os.release.d/os-release-fedora, or
    // from redhat-release to centos-release.
    boolean release = path.endsWith("-release") && path.startsWith("etc/");
    return release || path.endsWith("os-release") || path.contains("os-release-") ? 1 << 16 : 0;
  }

  private static Map<String, String> parse(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : text.lines().map(String::strip).toList()) {
      int equals = line.indexOf('=');
      if (equals > 0 && !line.startsWith("#")) {
        String value = line.substring(equals + 1).strip();
        boolean quoted = value.length() > 1
            && ((value.startsWith("\"") && value.endsWith("\""))
                || (value.startsWith("'") && value.endsWith("'")));
        values.put(
            line.substring(0, equals), quoted ? value.substring(1, value.length() - 1) : value);
      }
    }
    return values;
  }

  /** The distribution, such as {@code debian}. */
  String id() {
    return values.getOrDefault("ID", "").toLowerCase(Locale.ROOT);
  }

  /** What the distribution was told by. */
  String evidence() {
    return OLDER.containsKey(place)
        ? "there is /" + place + " and no os-release"
        : "/" + place + " says ID=" + id();
  }

  /** Whether it is of this family. */
  boolean like(String family) {
    return id().equals(family)
        || List.of(values.getOrDefault("ID_LIKE", "").toLowerCase(Locale.ROOT).split("\\s+"))
            .contains(family);
  }

  /** What it calls itself. */
  String name() {
    String name = values.getOrDefault("PRETTY_NAME", values.getOrDefault("NAME", id()));
    return name.isEmpty() ? "a distribution without a name" : name;
  }
}
