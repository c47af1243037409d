package io.treza.samples.benchmark;

/**
 * How large a run is.
 *
 * @param enclaves how many there are, four on each parent instance
 * @param documents how many of their documents a measurement verifies
 * @param rounds how often everything is measured; medians are reported
 * @param provider the only provider to measure with, by its name; "" for all
 */
record Options(int enclaves, int documents, int rounds, String provider) {
  private static final String USAGE = "usage: run [--enclaves N] [--documents N] [--rounds N]"
      + " [--provider NAME]; no more documents than enclaves";

  Options {
    if (enclaves < 4 || documents < 1 || documents > enclaves || rounds < 1) {
      throw new IllegalArgumentException(USAGE);
    }
  }

  static Options parse(String... arguments) {
    if (arguments.length % 2 != 0) {
      throw new IllegalArgumentException(USAGE);
    }
    int enclaves = 1000;
    int documents = 400;
    int rounds = 7;
    String provider = "";
    for (int i = 0; i < arguments.length; i += 2) {
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--enclaves" -> enclaves = number(value);
        case "--documents" -> documents = number(value);
        case "--rounds" -> rounds = number(value);
        case "--provider" -> provider = value;
        default -> throw new IllegalArgumentException("unknown " + arguments[i] + "; " + USAGE);
      }
    }
    return new Options(enclaves, documents, rounds, provider);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no number; " + USAGE, e);
    }
  }
}
