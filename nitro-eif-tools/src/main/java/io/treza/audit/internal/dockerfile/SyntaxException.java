package io.treza.audit.internal.dockerfile;

/** Says what is wrong with a piece of a Dockerfile, to those who know where it stands. */
final class SyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  SyntaxException(String message) {
    super(message);
  }
}
