package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Reads what was kept of a file. */
final class Kept {
  private Kept() {}

  /** Whether all of it was kept. */
  static boolean whole(SurveyedFile file) {
    return file.facts().start().filter(FileFacts.Start::whole).isPresent();
  }

  /** What was kept of it, as UTF-8; empty if nothing was. */
  static String text(SurveyedFile file) {
    return file.facts().start().map(s -> new String(s.bytes(), UTF_8)).orElse("");
  }
}
