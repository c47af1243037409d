package io.treza.audit;

import io.treza.audit.internal.format.JsonFormat;
import io.treza.audit.internal.format.MarkdownFormat;
import io.treza.audit.internal.format.SarifFormat;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What an audit came to.
 *
 * @param subjects the image or what stands for it first, if there is such evidence; then a workload
 *     each
 * @param policy that it was held to
 * @param scans whose reports were read
 * @param notes on what was given and had no use: what was not audited, rules about nothing
 * @param dockerfile that was given, in which most of what is wrong with an image is mended
 */
public record AuditReport(
    List<SubjectReport> subjects,
    AuditPolicy policy,
    List<Scan> scans,
    List<String> notes,
    Optional<String> dockerfile) {
  public AuditReport {
    subjects = List.copyOf(subjects);
    notes = List.copyOf(notes);
    scans = List.copyOf(scans);
  }

  /**
   * A scanner's report that was read.
   *
   * @param file as the caller named it
   * @param scanner name and version; empty if no scanner is recognised
   * @param time of the scan, where the report says it
   */
  public record Scan(String file, String scanner, Optional<Instant> time) {}

  /** Whether no check of any subject came to a result that fails the policy. */
  public boolean passes() {
    return subjects.stream().allMatch(policy::passes);
  }

  /** A JSON array with an object a subject (docs/audit.md); the same report, the same bytes. */
  public String toJson() {
    return JsonFormat.array(this);
  }

  /** The JSON object of one subject. */
  public String toJson(SubjectReport subject) {
    return JsonFormat.object(this, subject);
  }

  /** SARIF 2.1.0 for code scanning: a result for each finding that is not as it should be. */
  public String toSarif() {
    return SarifFormat.of(this);
  }

  /** Markdown for a comment on a pull request. */
  public String toMarkdown() {
    return MarkdownFormat.of(this);
  }
}
