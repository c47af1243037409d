package io.treza.samples.eifbenchmark;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How large a run is.
 *
 * @param mebibytes of files in the image
 * @param rounds how often everything is run; medians are reported
 * @param directory where to work, in a new directory that is removed at the end
 */
record Options(int mebibytes, int rounds, Path directory) {
  private static final String USAGE =
      "usage: run [--mebibytes N] [--rounds N] [--directory DIR]; at least 8 MiB and 1 round";

  Options {
    if (mebibytes < 8 || rounds < 1) {
      throw new IllegalArgumentException(USAGE);
    }
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          "\"" + directory + "\" is no directory; make it first, or name another");
    }
  }

  static Options parse(String... arguments) {
    if (arguments.length % 2 != 0) {
      throw new IllegalArgumentException(USAGE);
    }
    int mebibytes = 2048;
    int rounds = 5;
    Path directory = Path.of(System.getProperty("java.io.tmpdir"));
    for (int i = 0; i < arguments.length; i += 2) {
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--mebibytes" -> mebibytes = number(value);
        case "--rounds" -> rounds = number(value);
        case "--directory" -> directory = Path.of(value);
        default -> throw new IllegalArgumentException("unknown " + arguments[i] + "; " + USAGE);
      }
    }
    return new Options(mebibytes, rounds, directory);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no number; " + USAGE, e);
    }
  }
}
