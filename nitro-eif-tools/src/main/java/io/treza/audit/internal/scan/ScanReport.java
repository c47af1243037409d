package io.treza.audit.internal.scan;

import io.treza.audit.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a scanner's report comes to.
 *
 * @param file as the caller named it
 * @param scanner name and version; empty if it is no known scanner's report
 * @param time of the scan
 * @param databaseTime when the list of vulnerabilities that it went by was made
 * @param doubts why it says nothing conclusive, each a clause; empty if it does
 * @param remarks what else is worth knowing of how it was made, each a clause
 */
record ScanReport(
    String file,
    String scanner,
    Artifact artifact,
    Optional<Instant> time,
    Optional<Instant> databaseTime,
    List<String> doubts,
    List<String> remarks,
    Found found) {
  ScanReport {
    doubts = List.copyOf(doubts);
    remarks = List.copyOf(remarks);
  }

  /**
   * What it lists.
   *
   * @param counts by kind and severity, suppressed ones left out
   * @param worst at most {@link Collector#LISTED} of each kind, most severe first
   * @param suppressed how many were left out
   * @param suppressions at most {@link Collector#LISTED} of what was left out and by what
   */
  record Found(
      Map<Problem.Kind, Map<Severity, Long>> counts,
      Map<Problem.Kind, List<Problem>> worst,
      long suppressed,
      List<String> suppressions) {

    long count(Problem.Kind kind, Severity atLeast) {
      return counts.getOrDefault(kind, Map.of()).entrySet().stream()
          .filter(e -> e.getKey().compareTo(atLeast) >= 0)
          .mapToLong(Map.Entry::getValue)
          .sum();
    }
  }
}
