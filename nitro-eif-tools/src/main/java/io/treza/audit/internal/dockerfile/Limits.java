package io.treza.audit.internal.dockerfile;

/** How much of anything is looked at, so that a hostile file cannot take time or memory at will. */
final class Limits {
  /** Most bytes of a Dockerfile or a .dockerignore; the largest known real one has 200 KiB. */
  static final int FILE = 8 << 20;

  /** Most bytes of a line without its end; BuildKit's own limit. */
  static final int LINE = (64 << 10) - 1;

  /** Most build stages. */
  static final int STAGES = 1_000;

  /** Most instructions of all stages together, those that ONBUILD puts off counted each time. */
  static final int STEPS = 1_000_000;

  /** Most characters that one word may expand to. */
  static final int WORD = 64 << 10;

  /** Most characters and steps of all expansions of a file together. */
  static final long EXPANSION = 1L << 25;

  /** How deep substitutions may stand in each other. */
  static final int DEPTH = 50;

  /** Most files and directories of a context that are looked at. */
  static final int CONTEXT_FILES = 200_000;

  /** Most patterns of a .dockerignore. */
  static final int PATTERNS = 10_000;

  /** Most steps of matching patterns with paths. */
  static final long MATCHING = 1L << 29;

  /** Most names copied from a context that are matched with what is in it. */
  static final int COPIES = 1_000;

  /** Most findings of one kind; further ones are counted. */
  static final int FINDINGS = 50;

  private Limits() {}
}
