package io.treza.cli;

import io.treza.image.RegistryReference;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where an image is, as a command line says it: with a transport's name as skopeo has them, or bare
 * where there is only one way to read it.
 */
sealed interface ImageName {
  /** An archive or a layout, and the tag or name of the image in it. */
  record Saved(Path path, Optional<String> tag) implements ImageName {}

  /** An image in a registry. */
  record InRegistry(RegistryReference reference) implements ImageName {}

  /** A directory that is to be the image's root. */
  record Root(Path directory) implements ImageName {}

  /** Names that mean a file even where there is none. */
  Pattern FILE_NAME = Pattern.compile("(?s)[./~\\\\].*|.*(\\.tar|\\.tgz|\\.tar\\.(gz|zst)|\\.oci)");

  /**
   * Reads an argument.
   *
   * @throws Unusable if it can be read in no way, or in two
   */
  static ImageName parse(String text) {
    int colon = text.indexOf(':');
    String rest = text.substring(colon + 1);
    return switch (text.substring(0, Math.max(colon, 0))) {
      case "docker" -> rest.startsWith("//") ? registry(rest.substring(2)) : bare(text);
      case "docker-archive", "oci", "oci-archive" -> saved(rest);
      case "dir" -> new Saved(existing(rest), Optional.empty());
      case "rootfs" -> new Root(directory(rest));
      case "docker-daemon", "containers-storage" ->
        throw new Unusable(
            text + ": only a daemon or another program reads that; save the image to a file first");
      default -> bare(text);
    };
  }

  private static ImageName saved(String rest) {
    int colon = rest.indexOf(':');
    return colon < 0
        ? new Saved(existing(rest), Optional.empty())
        : new Saved(existing(rest.substring(0, colon)), Optional.of(rest.substring(colon + 1)));
  }

  private static ImageName registry(String name) {
    try {
      return new InRegistry(RegistryReference.parse(name));
    } catch (IllegalArgumentException e) {
      throw new Unusable("docker://" + name + ": " + e.getMessage(), e);
    }
  }

  private static ImageName bare(String text) {
    boolean there = exists(text);
    if (FILE_NAME.matcher(text).matches()) {
      return new Saved(existing(text), Optional.empty());
    }
    RegistryReference reference;
    try {
      reference = RegistryReference.parse(text);
    } catch (IllegalArgumentException e) {
      if (there) {
        return new Saved(Path.of(text), Optional.empty());
      }
      throw new Unusable(
          text + ": no such file, and no image in a registry either: " + e.getMessage(), e);
    }
    if (there) {
      throw new Unusable(text + " is a file here and an image in a registry; say ./" + text
          + " for the file or docker://" + text + " for " + reference);
    }
    return new InRegistry(reference);
  }

  private static boolean exists(String text) {
    try {
      return !text.isEmpty() && Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Path existing(String text) {
    if (!exists(text)) {
      throw new Unusable("\"" + text + "\": no such file or directory");
    }
    return Path.of(text);
  }

  private static Path directory(String text) {
    Path path = existing(text);
    if (!Files.isDirectory(path)) {
      throw new Unusable(path + " is no directory");
    }
    return path;
  }
}
