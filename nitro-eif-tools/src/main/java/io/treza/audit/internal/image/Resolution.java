package io.treza.audit.internal.image;

/** Where a path leads, every symbolic link on its way followed inside the image. */
public sealed interface Resolution {
  /** To {@code file}, under its real name; never a symbolic link. */
  record Found(SurveyedFile file) implements Resolution {}

  /** Nowhere: there is no {@code path}, which is real up to its last name. */
  record Missing(String path) implements Resolution {}

  /** Nowhere: {@code path} is used as a directory and is none. */
  record NotDirectory(String path) implements Resolution {}

  /** Nowhere: more links than Linux follows, the last of them {@code path}. */
  record Loop(String path) implements Resolution {}
}
