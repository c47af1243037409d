package io.treza.audit.internal.scan;

import io.treza.audit.Severity;
import java.util.List;

/**
 * One thing that a scanner found.
 *
 * @param id as the scanner has it, such as a CVE's
 * @param aliases other ids of the same
 * @param fix versions that mend it, and where there are none why; empty if not said
 * @param part what it was found in
 * @param namespace Grype's name for the list it stands in
 * @param fixState Grype's or Trivy's word for whether it is mended
 * @param matchTypes how sure Grype is of it
 */
record Problem(
    Kind kind,
    String id,
    List<String> aliases,
    Severity severity,
    String fix,
    Part part,
    String namespace,
    String fixState,
    List<String> matchTypes) {
  /** What scanners look for. */
  enum Kind {
    VULNERABILITY("vulnerability"),
    SECRET("secret"),
    MISCONFIGURATION("misconfiguration");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /**
   * A package, or a file that belongs to none.
   *
   * @param name of the package; empty for a file
   * @param purl package URL; empty if not said
   * @param paths files of the image, or the scanner's names for groups of them
   */
  record Part(
      String name,
      String version,
      String type,
      String language,
      String purl,
      List<String> upstreams,
      List<String> paths) {}

  /** Such as {@code CVE-2019-1549 (libssl1.1 1.1.1c-r0, fixed in 1.1.1d-r0)}. */
  String text() {
    String where = part.name.isEmpty()
        ? part.paths.isEmpty() ? "" : part.paths.get(0)
        : (part.name + " " + part.version).strip();
    String details = where + (fix.isEmpty() ? "" : (where.isEmpty() ? "" : ", ") + fix);
    return (kind == Kind.VULNERABILITY ? "" : kind.word + " ")
        + id
        + (details.isEmpty() ? "" : " (" + details + ")");
  }
}
