package io.treza.audit.internal.kubernetes;

import io.treza.audit.AuditException;

/**
 * Bounds what one file may cost, far above what manifests need: the largest published bundles have
 * about a tenth of this.
 */
final class Budget {
  /** Bytes of a file. */
  static final int FILE = 16 << 20;

  /** Characters of a document: Kubernetes accepts no object that is larger. */
  static final int DOCUMENT = 3 << 20;

  static final String LARGE_DOCUMENT =
      "a document of more than 3 MiB, which Kubernetes does not accept";

  /** Characters of a line of YAML: the parser takes time by their square. */
  static final int LINE = 1 << 20;

  /** Objects and lists inside each other. */
  static final int DEPTH = 100;

  private static final int WEIGHT = 1_000_000;
  private static final int PARTS = 10_000;
  private static final int FINDINGS = 100_000;

  /** Findings of one kind and result about one workload; no further ones are kept. */
  static final int OF_ONE_KIND = 1000;

  private final String file;
  private int spent;
  private int parts;
  private int findings;

  Budget(String file) {
    this.file = file;
  }

  /** What a text weighs; an object, or a list, weighs 1 and what is in it. */
  static int weight(String text) {
    return 1 + text.length() / 64;
  }

  /** Counts the weight of values; those that an alias repeats count each time. */
  void spend(int weight, int line) throws AuditException {
    if (weight > WEIGHT - spent) {
      throw refuse(
          line, "more than a million values, with what aliases repeat; no manifest needs as many");
    }
    spent += weight;
  }

  /** Counts objects, or containers of one. */
  void parts(int number, int line) throws AuditException {
    if (number > PARTS - parts) {
      throw refuse(line, "more than 10,000 objects and containers; split the file");
    }
    parts += number;
  }

  /** Counts what was found about a workload. */
  void findings(int number, int line) throws AuditException {
    findings += number;
    if (findings > FINDINGS) {
      throw refuse(line, "more than 100,000 findings; split the file");
    }
  }

  void depth(int depth, int line) throws AuditException {
    if (depth > DEPTH) {
      throw refuse(line, "objects and lists more than 100 deep; no manifest needs as many");
    }
  }

  AuditException refuse(int line, String problem) {
    return new AuditException(file + ":" + line + ": " + problem);
  }
}
